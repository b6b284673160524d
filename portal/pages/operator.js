// The operator's desk (R-OPS-1..5): the log-in, what has happened, the lists, and
// what is done. The address says which page it is, so that Back, Reload and links
// lead there.

import { Problem, endSession, logIn, session } from "./api.js";
import { clear, folded, withoutBlanks } from "./form.js";
import { keepLanguage } from "./language.js";
import { forgetSecrets, isAct, openAct, prepareActs, remember }
	from "./operator-acts.js";
import { isList, listAddress, openList, operatorAct, operatorRead, prepareLists }
	from "./operator-lists.js";
import { openCertificate, openContract, openUser, prepareThings, sayListDid }
	from "./operator-things.js";
import { said } from "./desk-parts.js";
import { hasSlips, mayLeaveSlips } from "./desk-slips.js";
import { Way, at, on, page } from "./way.js";
import { day, moment, say } from "./words.js";

const PLACES = ["home", "contracts", "users", "proposals", "mails", "audit"];
const FIGURES = ["issued", "renewed", "revoked", "locked", "mailed", "failed"];
const PERIODS = { hour: 24, day: 30 };
const way = new Way({ login: 0, certificate: 0, home: 0, list: 0, thing: 0,
	act: 0, slips: 0 }, []);

let who = null;		// the door's last word on who is here

// --------------------------------------------------------------------- places

function showPlaces(current)
{
	at("nav").hidden = false;
	for (const link of at("places").querySelectorAll("a"))
		link.ariaCurrent = link.dataset.place === current ? "page" : null;
}

function place(name)
{
	const item = document.createElement("li");
	const link = said("a", `operator.${name}`);

	link.href = name === "home" ? "#" : `#list=${name}`;
	link.dataset.place = name;
	item.append(link);
	return item;
}

// ---------------------------------------------------------------- who is here

function showCertificate(problem, options)
{
	const kind = problem.code.replace("certificate_", "");

	say(at("certificate-head"), `certificate.${kind}`);
	say(at("certificate-text"), `certificate.${kind}.text`);
	at("choose").href = problem.choose_at;
	at("nav").hidden = true;
	way.show("certificate", options);
}

// Is that the end of this visit? Then its page is there.
function ended(problem, options)
{
	const certificate = /^certificate_/.test(problem.code);

	if (certificate)
		showCertificate(problem, options);
	else if (/^(session_over|other_step)$/.test(problem.code)) {
		at("nav").hidden = true;
		way.show("login", options);
		way.refused(problem);
	}
	else
		return false;
	forgetSecrets();
	who = null;
	return true;
}

function tell(problem)
{
	if (!ended(problem))
		way.refused(problem);
}

function welcome(operator)
{
	who = operator;
	keepLanguage(who.locale, locale => operatorAct("locale", { locale }));
	remember(who.user);
}

async function enter()
{
	const user = withoutBlanks(at("user").value);
	const missing = ["user", "password"]
		.filter(name => at(name).value === "")
		.map(name => [at(name), `operator.${name}.empty`]);

	clear(page("login"));
	if (missing.length > 0)
		return way.incomplete(missing);
	await way.busy(at("login-go"), "desk.busy", async () => {
		welcome(await logIn(user, folded(at("password").value)));
		at("password").value = "";
		await route();
	}, ended);
}

async function leave()
{
	await endSession().catch(() => {});
	forgetSecrets();
	who = null;
	at("nav").hidden = true;
	history.replaceState(null, "", location.pathname);
	way.show("login");
}

// ----------------------------------------------------------------------- home

async function showPlots()
{
	const by = at("by-day").checked ? "day" : "hour";
	// Who only meets the log-in needs none.
	const [{ rows }, { plot }] = await Promise.all([
		operatorRead("figures", { by, count: PERIODS[by] }),
		import("./plot.js").catch(() => {
			throw new Problem({ code: "line" });
		}) ]);

	at("plots").replaceChildren(...FIGURES.map(name =>
		plot(rows, name, by === "day" ? day : moment)));
}

async function showWaiting()
{
	const { proposals } = await operatorRead("proposals", null);
	const open = proposals.filter(one => one.state === "open" && !one.mine);
	const link = said("a", "operator.waiting", () => ({
		count: open.length }));

	link.href = "#list=proposals";
	at("waiting").hidden = open.length === 0;
	at("waiting").replaceChildren(link);
}

async function home(options)
{
	const { user } = who;	// the switch says it when nobody is here, too

	say(at("who"), "operator.who", () => ({ user }));
	await Promise.all([showPlots(), showWaiting()]);
	way.show("home", options);
}

// --------------------------------------------------------------------- routes

async function lead(options)
{
	const where = new URLSearchParams(location.hash.slice(1));

	if (isAct(where.get("act"))) {
		openAct(where, options);
	} else if (isList(where.get("list"))) {
		await openList(where);
		showPlaces(where.get("list"));
		way.show("list", options);
		sayListDid();
	} else if (where.has("user") && await openUser(where.get("user"), options)) {
		showPlaces("users");
	} else if (where.has("contract")
	    && await openContract(where.get("contract"), options)) {
		showPlaces("contracts");
	} else if (where.has("certificate")
	    && await openCertificate(where.get("certificate"), options)) {
		showPlaces("users");
	} else {
		showPlaces("home");
		await home(options);
	}
}

async function route(options = { fresh: false })
{
	forgetSecrets();
	try {
		await lead(options);
	} catch (problem) {
		if (ended(problem, options))
			return;
		if (options.fresh || !(problem instanceof Problem))
			throw problem;
		way.refused(problem);
	}
	for (const link of document.querySelectorAll("[data-back]"))
		link.href = listAddress();
}

async function resume()
{
	const here = await session();

	if (here.at !== "operator")
		return way.show("login", { fresh: true });
	welcome(here);
	await route({ fresh: true });
}

// No password that nobody has is left by a key alone.
addEventListener("hashchange", () => {
	if (hasSlips() && !mayLeaveSlips())
		history.pushState(null, "", "#slips");
	else if (who !== null)
		route();
});
at("places").replaceChildren(...PLACES.map(place));
prepareLists(tell);
prepareActs(way, ended);
prepareThings(way);
on("login-form", "submit", enter);
at("out").addEventListener("click", leave);
for (const id of ["by-hour", "by-day"])
	at(id).addEventListener("change", () => showPlots().catch(tell));
way.open(() => resume().catch(problem => {
	if (!ended(problem, { fresh: true }))
		throw problem;
}));
