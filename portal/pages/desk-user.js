// One user at the master's desk, and what a master may do there (R-LOCK-6,
// R-CERT-6, R-ACC-7). Each act has a page of its own, which says what it means
// and how often it may still be done before anything happens.

import { desk, deskAct, deskUser } from "./desk-api.js";
import { visit } from "./desk-list.js";
import { badge, certificate, fill, plain, said, states } from "./desk-parts.js";
import { openSlips } from "./desk-slips.js";
import { clear, faultsOf } from "./form.js";
import { at, page } from "./way.js";
import { day, say } from "./words.js";

// Of each act: how many sentences say what it means, what it wants to know, and
// how often it may still be done where that has an end.
const ACTS = {
	lift: { means: 2, wants: "reason", left: whole => whole.lifts_left },
	remind: { means: 2 },
	password: { means: 3, left: whole => whole.passwords_left },
	revoke: { means: 3, wants: "why" },
	close: { means: 3, wants: "reason",
		left: async () => (await desk()).closes_left },
	reopen: { means: 3, wants: "reason" },
};
const WHYS = ["superseded", "keyCompromise", "cessationOfOperation"];

let way = null, over = null;
let whole = null;	// whose page is open (DeskUserWhole)
let act = null;		// what is asked about
let did = null;		// what has just been done, and whether there was anything

export const isAct = name => name in ACTS;

const address = (name, user) => `#${new URLSearchParams({ [name]: user })}`;
const own = () => address("user", whole.row.user);

// The one that a master may revoke, if there is one.
const revocable = () => whole.certificates.find(held => held.revocable);

// What helps nobody in that state is not offered either.
const HELPS = { lift: ["locked", "blocked"], remind: ["active"] };

const helps = name => HELPS[name]?.includes(whole.row.state) ?? true;
const offered = () => Object.keys(ACTS).filter(name => helps(name)
	&& (name === "revoke" ? revocable() : whole.may.includes(name)));

// ---------------------------------------------------------------- one's page

function fact(name, parts)
{
	return [said("dt", name), fill(document.createElement("dd"), parts)];
}

const serial = held =>
	plain("span", held.serial.match(/.{1,4}/g).join(" "), "mono");

function facts({ row, reopens_until: until })
{
	const list = fact("desk.column.state", states(row));

	if (row.role !== "general")
		list.push(...fact("desk.role",
			[said("span", `desk.role.${row.role}`)]));
	list.push(...fact("email.label", [plain("span", row.email, "mono"),
		...(row.mail_refused_at ? [badge("bad", "desk.bounced")] : [])]));
	list.push(...fact("desk.column.not_after", certificate(row)));
	if (row.certificate)
		list.push(...fact("result.serial", [serial(row.certificate)]));
	if (until)
		list.push(...fact("desk.reopens", [said("span",
			"desk.reopens.text", () => ({ date: day(until) }))]));
	return list;
}

// Before it bites: how often that may still be done.
function sayLimit(place, name, left)
{
	place.hidden = left === undefined;
	if (left !== undefined)
		say(place, left === 0 ? `desk.${name}.over`
			: left === 1 ? `desk.${name}.left.one`
			: `desk.${name}.left`, () => ({ left }));
}

// What there is to be asked for is asked on the page of the act.
const known = name =>
	name === "close" ? undefined : ACTS[name].left?.(whole);

function offer(name)
{
	const item = document.createElement("li");
	const limit = plain("p", "", "quiet");
	const link = said("a", `desk.${name}`, undefined, "button second small");
	const left = known(name);

	link.href = address(name, whole.row.user);
	item.append(said("h3", `desk.${name}.title`),
		said("p", `desk.${name}.means.1`), limit);
	sayLimit(limit, name, left);
	if (left !== 0)
		item.append(link);
	return item;
}

function sayDid()
{
	at("did").hidden = did === null;
	if (did !== null)
		say(at("did"), did.done ? `desk.${did.name}.did`
			: `desk.${did.name}.nothing`);
	did = null;
}

export async function openUser(user, options)
{
	whole = await deskUser(user);
	visit(user);
	showUser(options);
}

const showUser = options =>
	show(facts(whole), offered().map(offer), options);

// Nothing of before is true any more, and nothing newer is known.
const showChanged = options => show([], [], options);

function show(about, acts, options)
{
	at("user-name").textContent = whole.row.name;
	at("user-id").textContent = whole.row.user;
	at("user-facts").replaceChildren(...about);
	at("acts-head").hidden = acts.length === 0;
	at("acts").replaceChildren(...acts);
	way.show("user", options);
	sayDid();
}

// ----------------------------------------------------------------- one's act

function choice(why, n)
{
	const label = document.createElement("label");
	const input = document.createElement("input");

	label.className = "choice";
	input.type = "radio";
	input.name = "why";
	input.value = why;
	input.checked = n === 0;
	label.append(input, said("span", `desk.why.${why}`));
	return label;
}

function showAct(left)
{
	const { means, wants } = ACTS[act];

	at("act-name").textContent = whole.row.name;
	at("act-user").textContent = whole.row.user;
	say(at("act-title"), `desk.${act}.title`);
	say(at("act-go"), `desk.${act}.go`);
	at("act-means").replaceChildren(...Array.from({ length: means },
		(_, n) => said("li", `desk.${act}.means.${n + 1}`)));
	at("reason-field").hidden = wants !== "reason";
	at("reason").value = "";
	at("why-field").hidden = wants !== "why";
	at("whys").replaceChildren(...WHYS.map(choice));
	sayLimit(at("act-limit"), act, left);
	at("act-go").hidden = left === 0;
}

// `name` is one of the acts; where it is not for that user any more, his page.
export async function openAct(name, user, options)
{
	whole = await deskUser(user);
	if (!offered().includes(name))
		return leave(options);
	act = name;
	showAct(await ACTS[name].left?.(whole));
	way.show("act", options);
}

async function leave(options)
{
	history.replaceState(null, "", own());
	try {
		await openUser(whole.row.user, options);
	} catch (problem) {
		// What was done is said, though not how he is since.
		if (did !== null)
			showChanged(options);
		throw problem;
	}
}

function question()
{
	const { row: { user } } = whole;

	switch (ACTS[act].wants) {
	case "reason":
		return { user, reason: at("reason").value.trim() };
	case "why":
		return { user, serial: revocable().serial,
			why: at("act-form").why.value };
	default:
		return { user };
	}
}

async function submit()
{
	const asked = question();

	clear(page("act"));
	if (asked.reason === "")
		return way.incomplete([[at("reason"), "desk.reason.empty"]]);
	await way.busy(at("act-go"), "desk.busy", async () => {
		const answer = await deskAct(act, asked);

		if (act === "password")
			return openSlips([{ ...whole.row, ...answer }], own());
		did = { name: act, done: answer.done };
		await leave();
	}, problem => {
		const found = faultsOf(problem, { reason: at("reason") });

		if (found.length === 0)
			return over(problem);
		way.incomplete(found);
		return true;
	});
}

// `ended`: sees to a problem that ends the visit.
export function prepareUser(ofWay, ended)
{
	way = ofWay;
	over = ended;
	at("act-form").addEventListener("submit", event => {
		event.preventDefault();
		submit();
	});
	at("act-cancel").addEventListener("click", () => leave().catch(
		problem => over(problem) || way.refused(problem)));
}
