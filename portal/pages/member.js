// The member area (R-WEB-4, R-WEB-5): what is wrong with the certificate, the
// log-in, the notice before it expires, the menu, own certificates, and the
// renewal. All of it is one document, so that the password need not leave the
// memory of the tab; after a Reload it is asked once more, for the file of a
// renewal.

import { RENEWAL, certificates, endRenewal, endSession, logIn, member, renewalCode,
	session } from "./api.js";
import { clear, folded, withoutBlanks } from "./form.js";
import { atCodePage, goOn, hasServerKey, isAtCode, leaveNothing, listenToCode,
	openKept, serverRecord } from "./receive.js";
import { keepLanguage } from "./language.js";
import { forget, remembered } from "./store.js";
import { Way, at, on, page } from "./way.js";
import { calendarDay, day, moment, say } from "./words.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const way = new Way({ login: 0, certificate: 0, notice: 0, menu: 0, list: 0,
	change: 0, proof: 0, code: 1, wait: 2, result: 3, out: 0 },
	["steps.2", "steps.3", "steps.4"]);
// What is wrong with a certificate, and whom a new one helps.
const WRONG = { certificate_missing: "missing", certificate_wrong: "wrong",
	certificate_foreign: "foreign", certificate_revoked: "revoked",
	certificate_expired: "expired" };
const ANEW = ["certificate_missing", "certificate_revoked",
	"certificate_expired"];

let who = null;		// the door's last answer at the menu
let password = null;	// after a Reload it is not known

// -------------------------------------------------------------- certificate

function showCertificate(problem, options)
{
	const kind = WRONG[problem.code];

	say(at("certificate-head"), `certificate.${kind}`);
	say(at("certificate-text"), `certificate.${kind}.text`);
	at("choose").href = problem.choose_at;
	at("certificate-back").hidden = problem.code !== "certificate_foreign";
	at("certificate-new").hidden = !ANEW.includes(problem.code);
	way.show("certificate", options);
}

// Is that the end of this visit, or of a renewal? Then its page is there.
function over(problem, options)
{
	const wrong = problem.code in WRONG;

	if (wrong)
		showCertificate(problem, options);
	else if (problem.code === "session_over" || isLocked(problem))
		way.show("login", options);
	else if (problem.code === "other_step" && who !== null)
		showMenu(options);
	else
		return false;
	if (way.current !== "menu")
		who = password = null;
	replaceAddress(way.current === "menu" ? "#menu" : "");
	if (!wrong)
		way.refused(problem);
	return true;
}

const isLocked = ({ code, tries_left }) =>
	code === "code_wrong" && tries_left === 0;

const replaceAddress = hash =>
	history.replaceState(null, "", hash || location.pathname);

// --------------------------------------------------------------------- menu

const daysLeft = ({ not_after }) => Math.max(0, Math.floor(
	(new Date(not_after) - Date.now()) / DAY_MS));

// The day on which the next renewal opens is that of the current certificate: of
// another than this one, if it is behind the end of this one.
const isReplaced = () => who.renewal.opens_on
	> who.certificate.not_after.slice(0, 10);

function sayRenewal()
{
	const { open, opens_on } = who.renewal;
	const state = open ? "open" : isReplaced() ? "newer"
		: opens_on ? "opens" : "never";

	say(at("menu-renewal"), `menu.renewal.${state}`,
		() => ({ date: opens_on && calendarDay(opens_on) }));
	at("renew").hidden = !open;
}

// The switch says all of it again, also when nobody is here any more.
function renderMenu()
{
	const { certificate, user } = who;
	const validity = () => ({ date: day(certificate.not_after),
		days: daysLeft(certificate) });

	keepLanguage(who.locale);
	say(at("menu-who"), "menu.who", () => ({ user }));
	say(at("menu-validity"), "menu.validity", validity);
	say(at("notice-text"), "notice.text", validity);
	at("menu-card").classList.toggle("due", who.renewal.open);
	for (const one of document.querySelectorAll("[data-role]"))
		one.hidden = one.dataset.role !== who.role;
	sayRenewal();
}

// A file that is not done with can be had again (R-CERT-8), until its
// certificate is seen here: then it is where it belongs.
async function ownRecord()
{
	const record = await remembered().catch(() => null);

	if (!record?.issued || record.user !== who.user)
		return null;
	if (record.issued.serial !== who.certificate.serial)
		return record;
	await forget().catch(() => {});
	return null;
}

async function sayKept()
{
	const record = await ownRecord();

	at("menu-kept").hidden = record === null;
	if (record)
		say(at("menu-kept-text"), "menu.kept.text",
			() => ({ time: moment(record.until) }));
}

function showMenu(options)
{
	renderMenu();
	sayKept();
	way.show("menu", options);
}

const toMenu = () => {
	if (location.hash !== "#menu")
		history.pushState(null, "", "#menu");
	showMenu();
};

// R-WEB-4: who may renew sees that first; and before that, who has renewed and
// has not saved the file, the file.
async function arrive(options)
{
	const record = await ownRecord();

	renderMenu();
	if (record && !record.file?.saved) {
		replaceAddress("#result");
		return openKept(record, options);
	}
	replaceAddress(who.renewal.open ? "" : "#menu");
	if (who.renewal.open)
		way.show("notice", options);
	else
		showMenu(options);
}

// ------------------------------------------------------------------- log in

async function submitLogIn()
{
	const user = withoutBlanks(at("user").value);
	const typed = folded(at("password").value);
	const faults = [];

	clear(page("login"));
	if (user === "")
		faults.push([at("user"), "user.empty"]);
	if (typed === "")
		faults.push([at("password"), "password.empty"]);
	if (faults.length > 0)
		return way.incomplete(faults);
	await way.busy(at("login-go"), "password.busy", async () => {
		who = await logIn(user, typed);
		password = typed;
		at("password").value = "";
		await arrive();
	}, problem => over(problem) || offerFirst(problem));
}

// A temporary password is replaced at the portal (R-ACC-7).
function offerFirst(problem)
{
	at("login-first").hidden = problem.code !== "temporary_password";
}

async function logOut()
{
	await way.busy(at("log-out"), "menu.out.busy", async () => {
		await endSession();
		who = password = null;
		at("user").value = at("password").value = "";
		replaceAddress("");
		way.show("out");
	}, over);
}

// ------------------------------------------------------------------ renewal

async function renew(button)
{
	if (password === null)
		return askPassword();
	await way.busy(button, "password.busy", () => begin(password), over);
}

const begin = async typed => atCodePage(await renewalCode(), typed);

function askPassword()
{
	at("proof-user").value = who.user;
	history.pushState(null, "", "#proof");
	way.show("proof");
}

// It was proved before; who typed it wrong would have a file that nobody can
// open.
async function submitPassword()
{
	const typed = folded(at("proof").value);

	clear(page("proof"));
	if (typed === "")
		return way.incomplete([[at("proof"), "password.empty"]]);
	await way.busy(at("proof-go"), "password.busy", async () => {
		who = await logIn(who.user, typed);
		password = typed;
		at("proof").value = "";
		await atCodePage(await renewalCode(), typed,
			{ instead: true });
	}, over);
}

async function leaveRenewal()
{
	try {
		who = await endRenewal();
	} catch (problem) {
		if (over(problem))
			return;
	}
	replaceAddress("#menu");
	showMenu();
}

// --------------------------------------------------------------------- list

function row(name, fill)
{
	const term = document.createElement("dt");
	const value = document.createElement("dd");

	say(term, name);
	fill(value);
	return [term, value];
}

// R-CERT-6: to the page where it is revoked.
function toRevoke(serial)
{
	const place = document.createElement("p");
	const link = document.createElement("a");

	link.className = "button second small";
	link.href = `/revoke#${serial}`;
	say(link, "list.revoke");
	place.append(link);
	return place;
}

function ofCertificate({ serial, not_before, not_after, state, current, shown,
	revocable, renewal_opens })
{
	const item = document.createElement("li");
	const head = document.createElement("h2");
	const list = document.createElement("dl");

	item.className = state;
	say(head, `list.${current && state === "good" ? "current" : state}`);
	list.append(...row("result.validity", value =>
		say(value, "result.validity.text", () => ({
			from: day(not_before), to: day(not_after) }))));
	if (renewal_opens)
		list.append(...row("result.renewal", value =>
			say(value, "result.renewal.text", () => ({
				date: calendarDay(renewal_opens) }))));
	list.append(...row("result.serial", value => {
		value.className = "mono";
		value.textContent = serial.match(/..../g).join(" ");
	}));
	item.append(head);
	if (shown) {
		const used = document.createElement("p");

		say(used, "list.shown");
		item.append(used);
	}
	item.append(list);
	if (revocable)
		item.append(toRevoke(serial));
	return item;
}

async function showList(options)
{
	const all = await certificates();

	at("certificates").replaceChildren(
		...all.certificates.map(ofCertificate));
	way.show("list", options);
}

const toList = () => way.busy(at("list"), "menu.busy", async () => {
	await showList();
	history.pushState(null, "", "#list");
}, over);

// Where the profile lets its holder revoke it, nobody has to be asked.
function showChange(options)
{
	const own = who.certificate.revocable;

	say(at("change-1"), own ? "change.1.own" : "change.1");
	at("change-revoke").hidden = !own;
	way.show("change", options);
}

// ------------------------------------------------------------- where one was

// Back and Forward (R-WEB-2c), and the links of the menu: to what can be shown.
addEventListener("popstate", async () => {
	if (who === null || ["wait", "result"].includes(way.current))
		return;
	if (location.hash === "#code" && isAtCode())
		way.show("code");
	else if (location.hash === "#list")
		await showList().catch(
			problem => over(problem) || way.refused(problem));
	else if (location.hash === "#change")
		showChange();
	else if (location.hash === "" && who.renewal.open)
		way.show("notice");
	else
		showMenu();
});

// A Reload, a second tab, a closed one.
async function goOnAt(where, known, options)
{
	const record = known ?? (hasServerKey(where)
		? serverRecord(who.user) : null);
	const ours = record?.user === who.user;

	if (ours && record.issued && location.hash === "#result")
		return openKept(record, options);
	if (ours && !record.issued && (where.at === "issued"
	    || where.at === "code" && location.hash === "#code"))
		return goOn(record, where);
	if (location.hash === "#list")
		return showList(options);
	if (location.hash === "#change")
		return showChange(options);
	if (location.hash === "#menu")
		return showMenu(options);
	return arrive(options);
}

async function resume()
{
	const first = { fresh: true };

	try {
		const where = await session();

		if (where.at === "nothing") {
			replaceAddress("");
			return way.show("login", first);
		}
		who = where.at === "member" ? where : await member();
		await goOnAt(where, await remembered().catch(() => null),
			first);
	} catch (problem) {
		if (!over(problem, first))
			throw problem;
	}
}

on("login-form", "submit", submitLogIn);
on("certificate-back", "click", () => way.show("login"));
on("notice-now", "click", () => renew(at("notice-now")));
on("notice-later", "click", toMenu);
on("renew", "click", () => renew(at("renew")));
on("list", "click", toList);
on("list-back", "click", toMenu);
on("change-back", "click", toMenu);
on("log-out", "click", logOut);
on("out-go", "click", () => location.assign("/"));
on("kept-go", "click", async () => {
	replaceAddress("#result");
	await openKept(await ownRecord());
});
on("proof-form", "submit", submitPassword);
on("proof-cancel", "click", toMenu);
at("end").dataset.say = "result.end.menu";
at("installed-end").dataset.say = "list.back";
listenToCode(way, { ...RENEWAL, over, cancelled: leaveRenewal,
	finish: endRenewal });
way.open(resume);
