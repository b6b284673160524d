// The issue of a certificate (R-WEB-2): password, code, wait, result. All of it
// is one document, so that key and password need not leave the memory of the
// tab; what a Reload would lose is found again in the store and at the door.

import { Problem, anotherCode, certificate, endSession, sendPassword, session }
	from "./api.js";
import { clear, folded, tell, tellFields, withoutBlanks } from "./form.js";
import { offerKeyboard } from "./keyboard.js";
import { makeKey, seal, unseal } from "./keys.js";
import { openResult } from "./result.js";
import { forget, keep, remembered } from "./store.js";
import { moment, offerLanguages, say, sayAll, text, title } from "./words.js";

// Which of the four steps a page is; the end of a session is none.
const STEPS = { password: 1, code: 2, wait: 3, result: 4, ended: 0 };
// How long the browser keeps a key that nobody fetches: that of a certificate
// can be had again for a day (R-CERT-8).
const DAY_MS = 24 * 60 * 60 * 1000;
const TRIES = 6;

const at = id => document.getElementById(id);
const page = name => at(`${name}-page`);

let current = "password";
let atCode = null;	// the door's last answer at the code page
let password = null;	// after a Reload it is not known
let made = null;	// { record, key }; the key as the password

function showSteps()
{
	const step = STEPS[current];
	const list = document.createElement("ol");
	const of = document.createElement("li");

	of.className = "of";
	of.setAttribute("aria-hidden", "true");
	of.textContent = step > 0 ? text("steps.of",
		{ step, name: text(`steps.${step}`) }) : "";
	list.className = "steps";
	list.role = "list";
	for (let n = 1; n <= 4; n++) {
		const item = document.createElement("li");
		const name = document.createElement("span");

		name.className = "name";
		name.textContent = text(`steps.${n}`);
		item.append(name);
		if (n < step) {
			const done = document.createElement("span");

			item.className = "done";
			done.className = "unseen";
			done.textContent = text("steps.done");
			item.append(done);
		} else if (n === step) {
			item.setAttribute("aria-current", "step");
		}
		list.append(item);
	}
	at("steps").replaceChildren(of.textContent ? list : "");
	list.prepend(of);
	at("steps").hidden = step === 0;
}

function titled(error)
{
	title(`${current}.title`, { step: STEPS[current], error });
}

// `fresh`: the first page of the document, where the focus stays at the top.
function show(name, { fresh = false } = {})
{
	current = name;
	for (const other of Object.keys(STEPS))
		page(other).hidden = other !== name;
	clear(page(name));
	showSteps();
	titled(false);
	if (!fresh) {
		page(name).querySelector("h1").focus();
		scrollTo(0, 0);
	}
}

function refused(problem)
{
	if (!(problem instanceof Problem))
		console.error(problem);
	tell(page(current), problem);
	if (current === "password")
		offerReplacement(problem);
	titled(true);
}

function incomplete(faults)
{
	tellFields(page(current), faults);
	titled(true);
}

// One request at a time, whatever is pressed how often.
async function busy(button, name, act)
{
	const said = button.dataset.say;

	if (button.ariaDisabled === "true")
		return;
	button.ariaDisabled = "true";
	say(button, name);
	try {
		await act();
	} catch (problem) {
		refused(problem);
	} finally {
		button.ariaDisabled = null;
		say(button, said);
	}
}

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
		return incomplete(faults);
	await busy(button, "password.busy", async () => {
		const answer = await sendPassword(user, typed, replace);

		// In the store before anybody can press Reload at the code.
		password = typed;
		made = await prepare(answer.user, answer.csr.key);
		atCode = answer;
		at("password").value = at("code").value = "";
		at("again-done").textContent = "";
		showCode();
		offerReplacement({});
		history.pushState(null, "", "#code");
		show("code");
	});
}

const time = when => () => ({ time: moment(when), to: atCode.code.to });

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
	if (current === "code")
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
		return over(problem) || refused(problem);
	}
	showCode();
	if (atCode.code.sent)
		say(at("again-done"), "code.again.done",
			time(atCode.code.dies_at));
}

// Is that the end of this session? Then its page is there.
function over(problem)
{
	if (problem.code === "session_over")
		show("ended");
	else if (problem.code === "code_wrong" && problem.tries_left === 0)
		show("password");
	else
		return false;
	atCode = made = null;
	history.replaceState(null, "", location.pathname);
	if (current === "password")
		refused(problem);
	return true;
}

async function submitCode()
{
	const code = withoutBlanks(at("code").value);

	clear(page("code"));
	if (!/^\d{6}$/.test(code))
		return incomplete([[at("code"), "code.empty"]]);
	show("wait");
	try {
		await issue(code);
	} catch (problem) {
		if (over(problem))
			return;
		show("code");
		refused(problem);
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
	await openResult({ record, key, password, shown: () => show("result") });
}

async function leaveNothing()
{
	const known = atCode !== null;

	atCode = made = password = null;
	at("user").value = at("password").value = at("code").value = "";
	offerReplacement({});
	await forget().catch(() => {});
	if (known)
		await endSession().catch(() => {});  // it ends by itself
}

async function cancelCode()
{
	history.replaceState(null, "", location.pathname);
	await leaveNothing();
	show("password");
}

async function cancelPassword()
{
	await leaveNothing();
	location.assign("/");
}

function startAgain()
{
	history.replaceState(null, "", location.pathname);
	show("password");
}

// Back and Forward (R-WEB-2c): to what can be shown.
addEventListener("popstate", () => {
	if (current === "wait" || current === "result")
		return;
	if (location.hash === "#code" && atCode !== null)
		show("code");
	else if (location.hash === "")
		show("password");
});

// Where a Reload, a second tab or a closed one was.
async function resume()
{
	const record = await remembered().catch(() => null);

	if (record?.issued)
		return openResult({ record, key: null, password: null,
			shown: () => show("result", { fresh: true }) });
	const where = record ? await session() : { at: "nothing" };

	if (where.at === "nothing" || where.user !== record.user) {
		show(record && location.hash ? "ended" : "password",
			{ fresh: true });
		history.replaceState(null, "", location.pathname);
		return;
	}
	made = { record, key: null };
	if (where.at === "issued")
		return issued(made, where);
	atCode = where;
	showCode();
	show("code", { fresh: true });
	if (location.hash !== "#code")
		history.pushState(null, "", "#code");
}

function on(id, kind, act)
{
	at(id).addEventListener(kind, event => {
		event.preventDefault();
		act();
	});
}

function listen()
{
	on("password-form", "submit", () => submitPassword());
	on("replace-go", "click",
		() => submitPassword(at("replace-go"), true));
	on("password-cancel", "click", cancelPassword);
	on("code-form", "submit", submitCode);
	on("code-cancel", "click", cancelCode);
	on("again", "click", sendAgain);
	on("ended-go", "click", startAgain);
	for (const place of document.querySelectorAll("[data-tools]"))
		offerKeyboard(at(place.dataset.tools), place);
	offerLanguages(at("switch"), () => {
		showSteps();
		titled();
	});
}

async function open()
{
	listen();
	sayAll();
	try {
		await resume();
	} catch (problem) {
		show("password", { fresh: true });
		refused(problem);
	}
	document.documentElement.classList.remove("early");
}

open();
