// What the pages ask the door (openapi.yaml).

import { language } from "./words.js";

// A refusal, as the door says it; `code` is "line" where the door was not
// reached, and "server" where what answered was not the door.
export class Problem extends Error {
	constructor(what)
	{
		super(what.code);
		Object.assign(this, what);
	}
}

async function askOnce(method, path, body)
{
	const headers = { "Accept": "application/json",
		"Accept-Language": language() };
	let answer, said;

	if (method !== "GET")
		headers["Content-Type"] = "application/json";
	try {
		answer = await fetch(`/api/v1/${path}`, { method, headers,
			body: body && JSON.stringify(body), cache: "no-store",
			credentials: "same-origin", redirect: "error" });
	} catch {
		throw new Problem({ code: "line" });
	}
	try {
		said = await answer.json();
	} catch {
		throw new Problem({ code: "server", status: answer.status });
	}
	if (answer.ok)
		return said;
	throw new Problem(typeof said.code === "string"
		? said : { code: "server", status: answer.status });
}

// `path` is of the API; refusals are thrown. One for whose session is over is asked
// once more: another window may have logged in while it was under way, and the
// browser has the cookie of that one now. Nothing was done for who has none.
export async function ask(method, path, body)
{
	try {
		return await askOnce(method, path, body);
	} catch (problem) {
		if (problem.code !== "session_over")
			throw problem;
	}
	return askOnce(method, path, body);
}

export const session = () => ask("GET", "session");
export const endSession = () => ask("DELETE", "session", {});
export const sendPassword = (user, password, replace) =>
	ask("POST", "issue/password", { user, password, replace });
export const sendNewPassword = (password, password_again) =>
	ask("POST", "register/password", { password, password_again });
export const sendContract = (contract, password) =>
	ask("POST", "register/contract", { contract, password });
export const sendMaster = fields => ask("POST", "register/master", fields);
export const sendTemporary = (user, password) =>
	ask("POST", "register/user", { user, password });
export const keepAddress = token => ask("POST", "keep", { token });
export const anotherCode = () => ask("POST", "issue/code", {});
export const renewalCode = () => ask("POST", "renewal/code", {});

// From the code to the file, at `place` of the API: "issue" or "renewal". Without
// a request it is about a key that is made at the door.
const toFile = place => ({
	certificate: (code, csr) => ask("POST", `${place}/certificate`, csr
		? { code, csr: toBase64(csr) } : { code, server_key: true }),
	serverKey: () => ask("POST", `${place}/key`, {}),
	serverFile: (passphrase, form) =>
		ask("POST", `${place}/file`, { passphrase, form }),
});

export const ISSUE = { another: anotherCode, ...toFile("issue") };
export const RENEWAL = { another: renewalCode, ...toFile("renewal") };

// Of the member area.
export const logIn = (user, password) =>
	ask("POST", "login", { user, password });
export const member = () => ask("GET", "member");
export const certificates = () => ask("GET", "certificates");
export const endRenewal = () => ask("DELETE", "renewal", {});

// Of the member area (host and port), a name that this browser has never seen:
// for each it remembers which certificate was chosen, if any.
export const freshName = member =>
	`r${Array.from(crypto.getRandomValues(new Uint8Array(8)),
		byte => byte.toString(16).padStart(2, "0")).join("")}.${member}`;

// What this browser shows there. A simple request: where one is announced
// first, Firefox shows no certificate.
export async function shown(member)
{
	try {
		const answer = await fetch(
			`https://${freshName(member)}/api/v1/installed`,
			{ credentials: "include", cache: "no-store",
				redirect: "error" });

		if (answer.ok)
			return await answer.json();
	} catch {
		// not reached, or what answered was not the door
	}
	throw new Problem({ code: "line" });
}
// Own details.
export const own = () => ask("GET", "own");
export const sendName = name => ask("POST", "own/name", { name });
export const sendEmail = (email, email_again) =>
	ask("POST", "own/email", { email, email_again });
export const sendEmailCode = code => ask("POST", "own/email/code", { code });
export const keepEmail = () => ask("DELETE", "own/email", {});
export const sendLocale = locale => ask("POST", "own/locale", { locale });
export const sendOwnPassword = (old_password, password) =>
	ask("POST", "own/password",
		{ old_password, password, password_again: password });
export const revokeOwn = (serial, why, password) =>
	ask("POST", "own/revoke", { serial, why, password });
export const beginCalendar = () => ask("POST", "own/calendar", {});
export const endCalendar = () => ask("DELETE", "own/calendar", {});

export const toBase64 = bytes => btoa(String.fromCharCode(...bytes));
export const fromBase64 = text =>
	Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
