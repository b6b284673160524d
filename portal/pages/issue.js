// The issue of a certificate (R-WEB-2): password, code, wait, result. All of it
// is one document, so that key and password need not leave the memory of the
// tab; what a Reload would lose is found again in the store and at the door.

import { anotherCode, certificate, endSession, sendNewPassword, sendPassword,
	session } from "./api.js";
import { chosen } from "./choose.js";
import { clear, faultsOf, folded, withoutBlanks } from "./form.js";
import { makeKey, seal, unseal } from "./keys.js";
import { openResult } from "./result.js";
import { forget, keep, remembered } from "./store.js";
import { Way, at, on, page } from "./way.js";
import { moment, say } from "./words.js";

const way = new Way({ password: 1, new: 1, code: 2, wait: 3, result: 4,
	ended: 0 }, ["steps.1", "steps.2", "steps.3", "steps.4"]);
// How long the browser keeps a key that nobody fetches: that of a certificate
// can be had again for a day (R-CERT-8).
const DAY_MS = 24 * 60 * 60 * 1000;
const TRIES = 6;

let atCode = null;	// the door's last answer at the code page
let atNew = null;	// and where a new password is wanted
let password = null;	// after a Reload it is not known
let made = null;	// { record, key }; the key as the password

// The key of this user and its request: those of an earlier try, if the
// password opens them, so that the same certificate comes.
async function prepare(user, kind)
{
	const known = await remembered().catch(() => null);

	if (known && !known.issued && known.user === user
	    && known.kind === kind) {
		const key = await unseal(known.sealed, password);

		if (key)
			return { record: known, key };
	}
	const { key, request } = await makeKey(kind, user);
	const record = { user, kind, request,
		sealed: await seal(key, password), until: Date.now() + DAY_MS };

	await kept(record);
	return { record, key };
}

// Without a store all goes on, in this tab only.
const kept = record => keep(record).catch(() => {});

// Of a certificate that was issued a short while ago and that nobody has
// installed: perhaps its key is lost with another browser (R-CERT-12).
function offerReplacement({ replace_until })
{
	at("replace").hidden = !replace_until;
	if (replace_until)
		say(at("replace-text"), "replace.text", time(replace_until));
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

		if (answer.at === "password")
			return wantNew(answer);
		password = typed;
		await mailed(answer);
	}, problem => offerReplacement(problem));
}

// In the store before anybody can press Reload at the code.
async function mailed(answer)
{
	made = await prepare(answer.user, answer.csr.key);
	atCode = answer;
	at("password").value = at("code").value = "";
	at("again-done").textContent = "";
	showCode();
	offerReplacement({});
	if (atNew === null)
		history.pushState(null, "", "#code");
	else
		history.replaceState(null, "", "#code");
	atNew = null;
	way.show("code");
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
		password = typed;
		at("new").value = at("new-again").value = "";
		try {
			await mailed(await anotherCode());
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

const time = when => () => ({ time: moment(when), to: atCode?.code.to });

function showCode()
{
	const { sent, failed, dies_at, again_at } = atCode.code;
	const state = failed ? "failed" : !dies_at ? "none"
		: sent ? "sent" : "before";

	say(at("code-state"), `code.${state}`, time(dies_at ?? again_at));
	at("code-replaces").hidden = !atCode.replaces;
	showAgain();
}

function showAgain()
{
	const left_ms = new Date(atCode.code.again_at) - Date.now();

	at("again").ariaDisabled = left_ms > 0 ? "true" : null;
	if (left_ms > 0)
		say(at("again-when"), "code.again.at", () => ({
			time: moment(atCode.code.again_at),
			seconds: Math.ceil(left_ms / 1000) }));
	else if (at("again-when").dataset.say !== "code.again.now")
		say(at("again-when"), "code.again.now");
}

setInterval(() => {
	if (way.current === "code")
		showAgain();
}, 1000);

async function sendAgain()
{
	if (at("again").ariaDisabled === "true")
		return;
	clear(page("code"));
	try {
		atCode = await anotherCode();
	} catch (problem) {
		return over(problem) || way.refused(problem);
	}
	showCode();
	if (atCode.code.sent)
		say(at("again-done"), "code.again.done",
			time(atCode.code.dies_at));
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
	atCode = atNew = made = null;
	history.replaceState(null, "", location.pathname);
	if (way.current === "password")
		way.refused(problem);
	return true;
}

async function submitCode()
{
	const code = withoutBlanks(at("code").value);

	clear(page("code"));
	if (!/^\d{6}$/.test(code))
		return way.incomplete([[at("code"), "code.empty"]]);
	way.show("wait");
	try {
		await issue(code);
	} catch (problem) {
		if (over(problem))
			return;
		way.show("code");
		way.refused(problem);
	}
}

async function issue(code)
{
	let answer;

	try {
		answer = await untilIssued(code, made.record.request);
	} catch (problem) {
		if (problem.code !== "key_taken" || password === null)
			throw problem;
		say(at("wait-state"), "wait.key");
		await forget().catch(() => {});
		made = await prepare(made.record.user, made.record.kind);
		answer = await untilIssued(code, made.record.request);
	}
	await issued(made, answer);
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

// The same code and request give the same certificate, however often they are
// sent: what is only late, or was lost on the way, is asked for again.
async function untilIssued(code, request)
{
	for (let left = TRIES; ; left--) {
		say(at("wait-state"), "wait.certificate");
		try {
			return await certificate(code, request);
		} catch (problem) {
			const late = ["pending", "busy", "unavailable", "line"];

			if (left === 1 || !late.includes(problem.code))
				throw problem;
			say(at("wait-state"), problem.code === "line"
				? "wait.line" : "wait.again");
			await pause(Math.max(2000,
				new Date(problem.retry_at ?? 0) - Date.now()));
		}
	}
}

async function issued({ record, key }, answer)
{
	say(at("wait-state"), "wait.file");
	record.issued = answer;
	record.until = Date.now() + DAY_MS;
	await kept(record);
	history.replaceState(null, "", "#result");
	await openResult({ record, key, password, shown: () => way.show("result") });
}

async function leaveNothing()
{
	const known = atCode !== null || atNew !== null;

	atCode = atNew = made = password = null;
	for (const id of ["user", "password", "code", "new", "new-again"])
		at(id).value = "";
	offerReplacement({});
	await forget().catch(() => {});
	if (known)
		await endSession().catch(() => {});  // it ends by itself
}

async function cancelCode()
{
	history.replaceState(null, "", location.pathname);
	await leaveNothing();
	way.show("password");
}

async function cancelPassword()
{
	await leaveNothing();
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
	if (location.hash === "#code" && atCode !== null)
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
		return openResult({ record, key: null, password: null,
			shown: () => way.show("result", { fresh: true }) });
	const where = record || location.hash ? await session()
		: { at: "nothing" };

	if (where.at === "password")
		return wantNew(where, { fresh: true });
	if (!record || !["code", "issued"].includes(where.at)
	    || where.user !== record.user) {
		way.show(record && location.hash ? "ended" : "password",
			{ fresh: true });
		history.replaceState(null, "", location.pathname);
		return;
	}
	made = { record, key: null };
	if (where.at === "issued")
		return issued(made, where);
	atCode = where;
	showCode();
	way.show("code", { fresh: true });
	if (location.hash !== "#code")
		history.pushState(null, "", "#code");
}

async function open()
{
	on("password-form", "submit", () => submitPassword());
	on("replace-go", "click",
		() => submitPassword(at("replace-go"), true));
	on("password-cancel", "click", cancelPassword);
	on("new-form", "submit", submitNew);
	on("new-cancel", "click", cancelPassword);
	on("code-form", "submit", submitCode);
	on("code-cancel", "click", cancelCode);
	on("again", "click", sendAgain);
	on("ended-go", "click", startAgain);
	await way.open(resume);
}

open();
