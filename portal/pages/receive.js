// From the code to the file: what the issue at the portal and the renewal in the
// member area have in common. Key and password stay in the memory of the tab;
// what a Reload would lose is found again in the store and at the door.

import { clear, withoutBlanks } from "./form.js";
import { makeKey, seal, unseal } from "./keys.js";
import { openResult } from "./result.js";
import { forget, keep, remembered } from "./store.js";
import { at, on, page } from "./way.js";
import { moment, say } from "./words.js";

// How long the browser keeps a key that nobody fetches: that of a certificate
// can be had again for a day (R-CERT-8).
const DAY_MS = 24 * 60 * 60 * 1000;
const TRIES = 6;

let way = null;
// Of whose way it is:
//
//	another(), certificate(), serverKey(), serverFile()
//			what it asks the door, of api.js
//	over(problem)	is that the end of this way? Then its page is there
//	cancelled()	after [Cancel], when nothing is left
//	finish()	ends it at the door, after the result
let door = null;

let atCode = null;	// the door's last answer at the code page
let password = null;	// after a Reload it is not known
let made = null;	// { record, key }; the key as the password
let unable = false;	// to make a key here, or to keep one

// A new key, and its request. Without a store it would be gone with a Reload:
// `needed` says that there is no other way.
async function makeOwn(user, kind, needed)
{
	const { key, request } = await makeKey(kind, user);
	const record = { user, kind, request,
		sealed: await seal(key, password), until: Date.now() + DAY_MS };
	const keeping = keep(record);

	await (needed ? keeping.catch(() => {}) : keeping);
	return { record, key };
}

// The key of this user and its request: those of an earlier try, if the
// password opens them, so that the same certificate comes. Where this browser
// makes none, or keeps none, the door does.
async function prepare(user, { key: kind, server })
{
	const known = await remembered().catch(() => null);

	if (server === "made")
		return { record: serverRecord(user), key: null };
	if (known && !known.issued && known.user === user
	    && known.kind === kind) {
		const key = await unseal(known.sealed, password);

		if (key)
			return { record: known, key };
	}
	try {
		return await makeOwn(user, kind, !server);
	} catch (fault) {
		if (!server)
			throw fault;
	}
	unable = true;
	await door.serverKey();
	return { record: serverRecord(user), key: null };
}

// Of a key that the session has (server_key.h): there is nothing to be kept here.
export const serverRecord = user => ({ user, server: true, request: null });
export const hasServerKey = ({ csr, server_key }) =>
	csr?.server === "made" || Boolean(server_key);

// Who wishes so has it made there; what was made here is forgotten.
const wish = () => way.busy(at("code-wish"), "wait.key", async () => {
	await door.serverKey();
	await forget().catch(() => {});
	made = { record: serverRecord(atCode.user), key: null };
	showCode();
	at("code-server").focus();
}, over);

// Without a store all goes on, in this tab only.
const kept = async record => record.server || keep(record).catch(() => {});

// --------------------------------------------------------------------- code

// A code was mailed to who has just shown that password. In the store before
// anybody can press Reload. `instead`: Back leads past the page before.
export async function atCodePage(answer, typed, { instead = false } = {})
{
	password = typed;
	made = await prepare(answer.user, answer.csr);
	atCode = answer;
	at("code").value = "";
	at("again-done").textContent = "";
	showCode();
	if (instead)
		history.replaceState(null, "", "#code");
	else
		history.pushState(null, "", "#code");
	way.show("code");
}

export const isAtCode = () => atCode !== null;

function time(when)
{
	const to = atCode?.code.to;

	return () => ({ time: moment(when), to });
}

function showCode()
{
	const { sent, failed, dies_at, again_at } = atCode.code;
	const state = failed ? "failed" : !dies_at ? "none"
		: sent ? "sent" : "before";

	say(at("code-state"), `code.${state}`, time(dies_at ?? again_at));
	at("code-replaces").hidden = !atCode.replaces;
	say(at("code-server"), unable ? "code.unable" : "code.server");
	at("code-server").hidden = !made.record.server;
	at("code-own").hidden = made.record.server || !atCode.csr.server;
	showAgain();
}

function showAgain()
{
	const { again_at } = atCode.code;
	const left_ms = new Date(again_at) - Date.now();

	at("again").ariaDisabled = left_ms > 0 ? "true" : null;
	if (left_ms > 0)
		say(at("again-when"), "code.again.at", () => ({
			time: moment(again_at),
			seconds: Math.ceil(left_ms / 1000) }));
	else if (at("again-when").dataset.say !== "code.again.now")
		say(at("again-when"), "code.again.now");
}

async function sendAgain()
{
	if (at("again").ariaDisabled === "true")
		return;
	clear(page("code"));
	try {
		atCode = await door.another();
	} catch (problem) {
		return over(problem) || way.refused(problem);
	}
	showCode();
	if (atCode.code.sent)
		say(at("again-done"), "code.again.done",
			time(atCode.code.dies_at));
}

function over(problem)
{
	if (!door.over(problem))
		return false;
	atCode = made = password = null;
	return true;
}

async function submitCode()
{
	const code = withoutBlanks(at("code").value);

	if (way.current === "wait")
		return;  // pressed twice (F-09)
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

// -------------------------------------------------------------- certificate

async function issue(code)
{
	let answer;

	try {
		answer = await untilIssued(code, made.record.request);
	} catch (problem) {
		if (problem.code !== "key_taken" || password === null
		    || made.record.server)
			throw problem;
		say(at("wait-state"), "wait.key");
		await forget().catch(() => {});
		made = await prepare(made.record.user, { key: made.record.kind });
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
			return await door.certificate(code, request);
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

// What is in front then has the key and the password, for as long as it needs
// them.
async function issued({ record, key }, answer)
{
	say(at("wait-state"), "wait.file");
	record.issued = answer;
	record.until = Date.now() + DAY_MS;
	await kept(record);
	history.replaceState(null, "", "#result");
	await openResult({ way, door, record, key, password });
	atCode = made = password = null;
}

// ------------------------------------------------------------ going on there

// At the code, or behind it, without the key itself, which is sealed until its
// password comes.
export async function goOn(record, where)
{
	made = { record, key: null };
	if (where.at === "issued")
		return issued(made, where);
	atCode = where;
	showCode();
	way.show("code", { fresh: true });
	if (location.hash !== "#code")
		history.pushState(null, "", "#code");
}

// A certificate that was issued, and whose file is not done with.
export const openKept = (record, options) => openResult({ way, door, record,
	key: null, password: null, ...options });

export async function leaveNothing()
{
	atCode = made = password = null;
	at("code").value = "";
	await forget().catch(() => {});
}

// Once, before the first page is there.
export function listenToCode(its, of)
{
	way = its;
	door = of;
	on("code-form", "submit", submitCode);
	on("again", "click", sendAgain);
	on("code-wish", "click", wish);
	on("code-cancel", "click", async () => {
		history.replaceState(null, "", location.pathname);
		await leaveNothing();
		await door.cancelled();
	});
	setInterval(() => {
		if (way.current === "code" && isAtCode())
			showAgain();
	}, 1000);
}
