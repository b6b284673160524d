// The lists of the operator's desk (R-OPS-5): contracts, users, mails, the trail,
// and what waits for a second one. What is asked for stands in the address; rows
// behind the first page are added below.

import { ask } from "./api.js";
import { badge, certificate, fill, long, mailAddress, plain, said, states }
	from "./desk-parts.js";
import { at } from "./way.js";
import { moment, say } from "./words.js";

// What is searched for stands in no address of the door.
export const operatorRead = (what, question) => question === null
	? ask("GET", `operator/${what}`)
	: ask("POST", `operator/${what}`, question);
export const operatorAct = (path, question) =>
	ask("POST", `operator/${path}`, question);

const STATES = ["", "active", "locked", "blocked", "suspended", "closed"];
const PAGE = 50;

export function link(kind, name)
{
	const made = plain("a", name, "mono");

	made.href = `#${new URLSearchParams({ [kind]: name })}`;
	return made;
}
const one = (kind, name) => name ? [link(kind, name)] : [];
const words = sentence => sentence ? [plain("span", sentence)] : [];
const longer = sentence => sentence ? [long(sentence)] : [];
const time = when => when ? [plain("span", moment(when))] : [];

// `what` it is about; what begins has no name yet.
export function actLink(act, what, more = {})
{
	const made = said("a", `operator.act.${act}`, undefined,
		"button second small");

	made.href = `#${new URLSearchParams(what === null ? { act }
		: { act, what, ...more })}`;
	return made;
}

// Of each list: what it may be asked, what its columns show, where its next page
// begins, and what may be done beside it.
const LISTS = {
	contracts: { fields: ["search", "state"], next: "after", adds: "add",
		columns: {
			contract: row => one("contract", row.contract),
			name: row => longer(row.name),
			state: row => states(row),
			master: row => one("user", row.master),
			users: row => words(String(row.users)),
		} },
	users: { fields: ["search", "contract", "state"], next: "after",
		columns: {
			user: row => one("user", row.user),
			name: row => [long(row.name),
				...(row.role === "general" ? [] : [badge("plain",
					`operator.role.${row.role}`)])],
			contract: row => one("contract", row.contract),
			state: row => states(row),
			not_after: row => certificate(row),
			email: row => [mailAddress(row.email)],
		} },
	mails: { fields: ["user", "failed"], next: "before", adds: "retryAll",
		columns: {
			id: row => words(String(row.id)),
			kind: row => words(row.kind),
			mail: row => [badge(row.state === "failed" ? "bad" : "plain",
				`operator.mail.${row.state}`)],
			user: row => one("user", row.user),
			to: row => row.to ? [mailAddress(row.to)] : [],
			done_at: row => time(row.done_at ?? row.made_at),
			answer: row => longer(row.answer),
			act: row => row.again ? [actLink("retry", row.id)] : [],
		} },
	audit: { fields: ["user", "contract", "action", "since", "until"],
		next: "before",
		columns: {
			at: row => time(row.at),
			actor: row => words(row.actor || row.role),
			action: row => words(row.action),
			object: row => longer(row.object),
			user: row => one("user", row.user),
			why: row => longer([row.reason, row.proposed_by, row.remark]
				.filter(Boolean).join(" / ")),
		} },
	proposals: { fields: [], next: null,
		columns: {
			what_act: row => [said("span", 
				`operator.propose.${row.act.replace("-", "_")}`)],
			what: row => one(row.act === "lift-master"
				? "user" : "contract", row.what),
			why: row => longer(row.why),
			by: row => words(row.proposed_by),
			proposal: row => [badge(row.state === "open" ? "warn"
				: "plain", `operator.proposal.${row.state}`)],
			ends_at: row => time(row.decided_at ?? row.ends_at),
			act: row => decisions(row),
		} },
};

export const isList = name => name in LISTS;

let shown = null;	// { name, asked }
let next = null;	// where the next page begins
let failed = null;	// what sees to a problem
let count = 0;

// Nobody confirms his own (R-OPS-4); he takes it back.
function decisions({ id, what, state, mine })
{
	if (state !== "open")
		return [];
	const decline = actLink(mine ? "withdraw" : "decline", what, { id });

	return mine ? [decline] : [actLink("confirm", what, { id }), decline];
}

// ------------------------------------------------------------------ questions

function field(name)
{
	const place = document.createElement("div");
	const label = said("label", `operator.field.${name}`);
	const made = document.createElement(
		name === "state" || name === "failed" ? "select" : "input");

	made.id = made.name = `ask-${name}`;
	label.htmlFor = made.id;
	if (name === "state" || name === "failed")
		for (const value of name === "state" ? STATES : ["", "1"]) {
			const option = said("option", `operator.${name}.${value}`);

			option.value = value;
			made.append(option);
		}
	else
		Object.assign(made, { autocomplete: "off", maxLength: 64,
			spellcheck: false, autocapitalize: "none",
			type: name === "since" || name === "until"
				? "date" : "search" });
	made.value = shown.asked[name] ?? "";
	place.append(label, made);
	return place;
}

function showForm()
{
	const { fields } = LISTS[shown.name];
	const go = said("button", "desk.search.go", undefined, "second");

	at("list-form").hidden = fields.length === 0;
	at("list-form").replaceChildren(...fields.map(field), go);
}

function question()
{
	const asked = Object.fromEntries(Object.entries(shown.asked)
		.filter(([, value]) => value !== ""));

	if ("failed" in asked)
		asked.failed = true;
	return shown.name === "proposals" ? null : { ...asked, most: PAGE };
}

function address()
{
	const where = new URLSearchParams({ list: shown.name });

	for (const [name, value] of Object.entries(shown.asked))
		if (value !== "")
			where.set(name, value);
	return `#${where}`;
}

export const listAddress = () => shown === null ? "#" : address();

// ----------------------------------------------------------------------- rows

export function column(name)
{
	const head = said("th", `operator.column.${name}`);

	head.role = "columnheader";
	head.scope = "col";
	return head;
}

export function row(columns, of)
{
	const made = document.createElement("tr");

	made.role = "row";
	for (const [name, parts] of Object.entries(columns)) {
		const cell = document.createElement("td");

		cell.role = "cell";
		made.append(fill(cell, [said("span", `operator.column.${name}`,
			undefined, "label"), ...parts(of)]));
	}
	return made;
}

async function load(more)
{
	const { columns, next: key } = LISTS[shown.name];
	const answer = await operatorRead(shown.name, more && { ...question(),
		[key]: more } || question());
	const rows = answer[shown.name === "audit" ? "rows" : shown.name];
	const made = rows.map(of => row(columns, of));

	next = key === null ? null : answer[key] ?? null;
	if (more)
		at("list-rows").append(...made);
	else
		at("list-rows").replaceChildren(...made);
	count = (more ? count : 0) + rows.length;
	at("list").hidden = count === 0;
	at("list-more").hidden = next === null;
	say(at("list-found"), count === 0 ? "operator.found.none"
		: next === null ? "operator.found" : "operator.found.more",
		() => ({ count }));
}

export async function openList(where)
{
	const name = where.get("list");
	const { fields, columns, adds } = LISTS[name];

	shown = { name, asked: Object.fromEntries(fields.map(
		of => [of, where.get(of) ?? ""])) };
	say(at("list-title"), `operator.${name}`);
	at("list-add").hidden = !adds;
	at("list-add").replaceChildren(actLink(adds ?? "add", null));
	at("list-columns").replaceChildren(
		...Object.keys(columns).map(column));
	showForm();
	await load();
}

// `problem`: what sees to one.
export function prepareLists(problem)
{
	failed = problem;
	at("list-form").addEventListener("submit", event => {
		event.preventDefault();
		for (const name of Object.keys(shown.asked))
			shown.asked[name] = at(`ask-${name}`).value.trim();
		history.pushState(null, "", address());
		load().catch(failed);
	});
	at("list-more").addEventListener("click",
		() => load(next).catch(failed));
}

