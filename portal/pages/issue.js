// The issue of a certificate (R-WEB-2): password, code, wait, result. All of it
// is one document, so that key and password need not leave the memory of the
// tab.

import { ISSUE, anotherCode, endSession, sendNewPassword, sendPassword, session }
	from "./api.js";
import { chosen } from "./choose.js";
import { clear, faultsOf, folded, withoutBlanks } from "./form.js";
import { atCodePage, goOn, hasServerKey, isAtCode, leaveNothing, listenToCode,
	openKept, serverRecord } from "./receive.js";
import { remembered } from "./store.js";
import { Way, at, on, page } from "./way.js";
import { moment, say } from "./words.js";

const way = new Way({ password: 1, new: 1, code: 2, wait: 3, result: 4,
	ended: 0 }, ["steps.1", "steps.2", "steps.3", "steps.4"]);

let atNew = null;	// the door's answer where a new password is wanted
let begun = false;	// is there a session of ours?

// Of a certificate that was issued a short while ago and that nobody has
// installed: perhaps its key is lost with another browser (R-CERT-12). And of one
// that its holder may revoke, for another computer (R-CERT-6).
function offerReplacement({ replace_until, revocable })
{
	at("replace").hidden = !replace_until;
	say(at("replace-title"),
		revocable ? "replace.own.title" : "replace.title");
	if (replace_until)
		say(at("replace-text"),
			revocable ? "replace.own.text" : "replace.text",
			() => ({ time: moment(replace_until) }));
}

// `button`: the one that shows that it is busy.
async function submitPassword(button = at("password-go"), replace = false)
{
	const user = withoutBlanks(at("user").value);
	const typed = folded(at("password").value);
	const faults = [];

	clear(page("password"));
	if (user === "")
		faults.push([at("user"), "user.empty"]);
	if (typed === "")
		faults.push([at("password"), "password.empty"]);
	if (faults.length > 0)
		return way.incomplete(faults);
	await way.busy(button, "password.busy", async () => {
		const answer = await sendPassword(user, typed, replace);

		begun = true;
		if (answer.at === "password")
			return wantNew(answer);
		await mailed(answer, typed);
	}, problem => offerReplacement(problem));
}

async function mailed(answer, typed)
{
	await atCodePage(answer, typed, { instead: atNew !== null });
	at("password").value = "";
	offerReplacement({});
	atNew = null;
}

// The password was a temporary one: no code before there is another (R-ACC-7).
function wantNew(answer, { fresh = false } = {})
{
	atNew = answer;
	at("password").value = "";
	at("new-user").value = answer.user;
	say(at("new-rule"), "password.rule", () => answer.password);
	if (location.hash !== "#new")
		history.pushState(null, "", "#new");
	way.show("new", { fresh });
}

async function submitNew()
{
	const { typed, faults } =
		chosen(at("new"), at("new-again"), atNew.password);

	clear(page("new"));
	if (faults.length > 0)
		return refuseNew(faults);
	await way.busy(at("new-go"), "password.busy", async () => {
		await sendNewPassword(typed, typed);
		at("new").value = at("new-again").value = "";
		try {
			await mailed(await anotherCode(), typed);
		} catch (problem) {
			// The new one holds all the same: go on with that.
			startAgain();
			throw problem;
		}
	}, problem => {
		const found = faultsOf(problem, { password: at("new"),
			password_again: at("new-again") }, atNew?.password);

		return found.length > 0 ? refuseNew(found) : over(problem);
	});
}

// Passwords are typed anew (J-08).
function refuseNew(faults)
{
	at("new").value = at("new-again").value = "";
	way.incomplete(faults);
	return true;
}

// What another window has come to is shown here, too.
async function showResult()
{
	const record = await remembered().catch(() => null);

	if (record?.issued)
		return openKept(record);
	const where = await session();

	if (where.at !== "issued" || !hasServerKey(where))
		return;
	begun = true;
	await goOn(serverRecord(where.user), where);
}

// Is that the end of this session? Then its page is there.
function over(problem)
{
	if (problem.code === "session_over" || problem.code === "other_step")
		way.show("ended");
	else if (problem.code === "code_wrong" && problem.tries_left === 0)
		way.show("password");
	else
		return false;
	atNew = null;
	begun = false;
	history.replaceState(null, "", location.pathname);
	if (way.current === "password")
		way.refused(problem);
	if (problem.code === "other_step")
		showResult().catch(() => {});  // the page that is there says it
	return true;
}

async function end()
{
	const known = begun;

	atNew = null;
	begun = false;
	for (const id of ["user", "password", "new", "new-again"])
		at(id).value = "";
	offerReplacement({});
	if (known)
		await endSession().catch(() => {});  // it ends by itself
}

async function cancelCode()
{
	await end();
	way.show("password");
}

async function cancelPassword()
{
	await leaveNothing();
	await end();
	location.assign("/");
}

function startAgain()
{
	atNew = null;
	history.replaceState(null, "", location.pathname);
	way.show("password");
}

// Back and Forward (R-WEB-2c): to what can be shown.
addEventListener("popstate", () => {
	if (way.current === "wait" || way.current === "result")
		return;
	if (location.hash === "#code" && isAtCode())
		way.show("code");
	else if (location.hash === "#new" && atNew !== null)
		way.show("new");
	else if (location.hash === "")
		way.show("password");
});

// Where a Reload, a second tab or a closed one was.
async function resume()
{
	const record = await remembered().catch(() => null);

	if (record?.issued)
		return openKept(record, { fresh: true });
	const where = record || location.hash ? await session()
		: { at: "nothing" };

	begun = where.at !== "nothing";
	if (where.at === "password")
		return wantNew(where, { fresh: true });
	if (!record && hasServerKey(where))
		return goOn(serverRecord(where.user), where);
	if (!record || !["code", "issued"].includes(where.at)
	    || where.user !== record.user) {
		way.show(record && location.hash ? "ended" : "password",
			{ fresh: true });
		history.replaceState(null, "", location.pathname);
		return;
	}
	await goOn(record, where);
}

on("password-form", "submit", () => submitPassword());
on("replace-go", "click", () => submitPassword(at("replace-go"), true));
on("password-cancel", "click", cancelPassword);
on("new-form", "submit", submitNew);
on("new-cancel", "click", cancelPassword);
on("ended-go", "click", startAgain);
listenToCode(way, { ...ISSUE, over, cancelled: cancelCode, finish: endSession });
way.open(resume);
