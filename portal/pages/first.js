// The first registration of a general user (R-ACC-7): user ID and temporary
// password, a password of one's own, done.

import { endSession, sendNewPassword, sendTemporary, session } from "./api.js";
import { chosen } from "./choose.js";
import { clear, faultsOf, folded, withoutBlanks } from "./form.js";
import { isOnward, listenToDone, offerIssue } from "./onward.js";
import { BEHIND, Way, at, on, page } from "./way.js";
import { say } from "./words.js";

const way = new Way({ login: 1, new: 2, done: 3, ended: 0 },
	["steps.1", "first.steps.2", "register.steps.4"]);

let asked = null;	// where a new password is wanted

async function submitLogin()
{
	const user = withoutBlanks(at("user").value);
	const temporary = folded(at("temporary").value);
	const faults = [];

	clear(page("login"));
	if (user === "")
		faults.push([at("user"), "user.empty"]);
	if (temporary === "")
		faults.push([at("temporary"), "password.empty"]);
	if (faults.length > 0)
		return way.incomplete(faults);
	await way.busy(at("login-go"), "password.busy", async () => {
		wantNew(await sendTemporary(user, temporary));
	});
}

function wantNew(answer, { fresh = false } = {})
{
	asked = answer;
	at("temporary").value = "";
	at("new-user").value = answer.user;
	say(at("new-rule"), "password.rule", () => answer.password);
	if (location.hash !== "#new")
		history.pushState(null, "", "#new");
	way.show("new", { fresh });
}

async function submitNew()
{
	const { typed, faults } =
		chosen(at("new"), at("new-again"), asked.password);

	clear(page("new"));
	if (faults.length > 0)
		return refuse(faults);
	await way.busy(at("new-go"), "password.busy", async () => {
		done(await sendNewPassword(typed, typed), { chosen: typed });
	}, problem => {
		const found = faultsOf(problem, { password: at("new"),
			password_again: at("new-again") }, asked.password);

		return found.length > 0 ? refuse(found) : over(problem);
	});
}

// Passwords are typed anew (J-08).
function refuse(faults)
{
	at("new").value = at("new-again").value = "";
	way.incomplete(faults);
	return true;
}

// `before`: he was registered before what was sent last came.
function done(answer, { fresh = false, before = false, chosen = null } = {})
{
	offerIssue(chosen);
	at("new").value = at("new-again").value = "";
	at("done-before").hidden = !before;
	at("done-user").textContent = answer.user;
	history.replaceState(null, "", "#done");
	way.show("done", { fresh });
}

// Is that the end of this session? As in register.js.
async function over(problem)
{
	if (problem.code !== "session_over" && problem.code !== "other_step")
		return false;
	const where = await session().catch(() => ({ at: "nothing" }));

	if (BEHIND.includes(where.at)) {
		done(where, { before: true });
		return true;
	}
	at("new").value = at("new-again").value = "";
	history.replaceState(null, "", location.pathname);
	way.show("ended");
	return true;
}

async function cancel()
{
	for (const field of document.querySelectorAll("input"))
		field.value = "";
	if (asked !== null)
		await endSession().catch(() => {});  // it ends by itself
	location.assign("/");
}

function startAgain()
{
	if (isOnward())
		return location.assign("/issue");
	history.replaceState(null, "", location.pathname);
	way.show("login");
}

// Back and Forward (R-WEB-2c): to what can be shown.
addEventListener("popstate", () => {
	if (way.current === "done" || isOnward())
		return;
	if (location.hash === "#new" && asked !== null)
		way.show("new");
	else if (location.hash === "")
		way.show("login");
});

// Where a Reload or a second window was.
async function resume()
{
	const where = location.hash ? await session() : { at: "nothing" };

	if (where.at === "password")
		return wantNew(where, { fresh: true });
	if (BEHIND.includes(where.at))
		return done(where, { fresh: true });
	way.show(location.hash ? "ended" : "login", { fresh: true });
	history.replaceState(null, "", location.pathname);
}

on("login-form", "submit", submitLogin);
on("login-cancel", "click", cancel);
on("new-form", "submit", submitNew);
on("new-cancel", "click", cancel);
on("ended-go", "click", startAgain);
listenToDone(way);
way.open(resume);
