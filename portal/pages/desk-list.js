// The lists of the master's desk (R-WEB-5): how many are on each, search, order
// and pages. What is shown stands in the address, so that Back, Reload and a
// bookmark find it again; where the pages before it began is kept with the
// entry of the history.

import { deskUsers } from "./desk-api.js";
import { badge, certificate, fill, long, mailAddress, number, plain, said, states }
	from "./desk-parts.js";
import { at } from "./way.js";
import { say } from "./words.js";

const LISTS = ["all", "without", "expiring", "uninstalled", "locked", "bounced",
	"closed"];
const COLUMNS = ["user", "name", "state", "not_after", "email"];
const SORTED = ["user", "name", "state", "not_after"];
const PAGE = 50;
const TYPING_MS = 250;

let shown = null;	// { list, search, sort, down, after }
let before = [];	// where each page before this one began
let next = null;	// behind whom the next one begins
let asked = 0;		// which question is the last; other answers are late
let visited = null;	// whose page was open
let typing = null;	// until a search is sent by itself
let failed = null;	// what sees to a problem

// ----------------------------------------------------------------- addresses

function read(where)
{
	const list = where.get("list");
	const sort = where.get("sort");

	return { list: LISTS.includes(list) ? list : "all",
		search: where.get("search") ?? "",
		sort: SORTED.includes(sort) ? sort : "user",
		down: where.get("down") === "1",
		after: where.get("after") ?? "" };
}

function address({ list, search, sort, down, after })
{
	const where = new URLSearchParams({ list });

	if (search !== "")
		where.set("search", search);
	if (sort !== "user")
		where.set("sort", sort);
	if (down)
		where.set("down", "1");
	if (after !== "")
		where.set("after", after);
	return `#${where}`;
}

export const listAddress = () => shown === null ? "#" : address(shown);

export function visit(user)
{
	visited = user;
}

// ------------------------------------------------------------------- figures

function figure(list)
{
	const item = document.createElement("li");
	const link = document.createElement("a");

	link.append(plain("b", ""), said("span", `desk.list.${list}`));
	link.dataset.list = list;
	item.append(link);
	return item;
}

const figures = () => at("figures").querySelectorAll("a");

export function showFigures(counts)
{
	for (const link of figures())
		link.querySelector("b").textContent =
			number(counts[link.dataset.list]);
}

// --------------------------------------------------------------------- table

function column(name)
{
	const head = document.createElement("th");

	head.role = "columnheader";
	head.scope = "col";
	if (!SORTED.includes(name)) {
		say(head, `desk.column.${name}`);
		return head;
	}
	const button = said("button", `desk.column.${name}`);

	button.type = "button";
	button.addEventListener("click", () => sortBy(name));
	head.dataset.sort = name;
	head.append(button);
	return head;
}

function cell(name, parts)
{
	const made = document.createElement("td");

	made.role = "cell";
	fill(made, [said("span", `desk.column.${name}`, undefined, "label"),
		...parts]);
	return made;
}

function row(user)
{
	const made = document.createElement("tr");
	const link = plain("a", user.user, "mono");
	const name = [long(user.name)];
	const email = [mailAddress(user.email)];

	link.href = `#${new URLSearchParams({ user: user.user })}`;
	if (user.role !== "general")
		name.push(badge("plain", `desk.role.${user.role}`));
	if (user.mail_refused_at)
		email.push(badge("bad", "desk.bounced"));
	made.role = "row";
	made.append(cell("user", [link]), cell("name", name),
		cell("state", states(user)),
		cell("not_after", certificate(user)), cell("email", email));
	return made;
}

function showWhere()
{
	for (const link of figures()) {
		link.href = address({ ...shown, list: link.dataset.list,
			search: "", after: "" });
		link.ariaCurrent =
			link.dataset.list === shown.list ? "page" : null;
	}
	for (const head of at("columns").children)
		head.ariaSort = head.dataset.sort !== shown.sort ? null
			: shown.down ? "descending" : "ascending";
	if (document.activeElement !== at("search"))
		at("search").value = shown.search;
}

function sayFound(found, count)
{
	const from = before.length * PAGE + 1;
	const known = before.length > 0 || shown.after === "";
	const name = found === 0 ? "desk.found.none"
		: found === 1 ? "desk.found.one"
		: known && found > PAGE ? "desk.found.page" : "desk.found";

	say(at("found"), name, () => ({ found: number(found),
		from: number(from), to: number(from + count - 1) }));
}

function showPage({ users, found, after = null })
{
	next = after;
	at("rows").replaceChildren(...users.map(row));
	at("users").hidden = found === 0;
	at("pager").hidden = found <= PAGE;
	at("earlier").ariaDisabled = shown.after === "" ? "true" : null;
	at("later").ariaDisabled = next === null ? "true" : null;
	sayFound(found, users.length);
}

// To the row of whom one comes from: there the keyboard goes on.
export function goOn()
{
	[...at("rows").querySelectorAll("a")]
		.find(link => link.textContent === visited)?.focus();
	visited = null;
}

// ---------------------------------------------------------------------- acts

async function load()
{
	const question = ++asked;

	showWhere();
	at("users").ariaBusy = "true";
	const answer = await deskUsers({ ...shown, most: PAGE,
		after: shown.after === "" ? undefined : shown.after });

	if (question !== asked)
		return;
	at("users").ariaBusy = null;
	// Behind whom it was to begin is no longer on this list.
	if (answer.found === 0 && shown.after !== "")
		return go({ ...shown, after: "" }, { replace: true });
	showPage(answer);
}

async function go(where, { replace = false, came = [] } = {})
{
	const to = address(where);

	if (replace)
		history.replaceState({ before: came }, "", to);
	else if (to !== location.hash)
		history.pushState({ before: came }, "", to);
	shown = where;
	before = came;
	try {
		await load();
	} catch (problem) {
		failed(problem);
	}
}

function sortBy(name)
{
	go({ ...shown, sort: name, after: "",
		down: shown.sort === name && !shown.down });
}

function search()
{
	clearTimeout(typing);
	typing = null;
	go({ ...shown, search: at("search").value.trim(), after: "" },
		{ replace: true });
}

function turn(button, act)
{
	at(button).addEventListener("click", () => {
		if (at(button).ariaDisabled !== "true")
			act();
	});
}

// `problem`: what sees to one.
export function prepareList(problem)
{
	failed = problem;
	at("figures").replaceChildren(...LISTS.map(figure));
	at("columns").replaceChildren(...COLUMNS.map(column));
	at("search-form").addEventListener("submit", event => {
		event.preventDefault();
		search();
	});
	at("search").addEventListener("input", () => {
		clearTimeout(typing);
		typing = setTimeout(search, TYPING_MS);
	});
	turn("later", () => go({ ...shown, after: next },
		{ came: [...before, shown.after] }));
	turn("earlier", () => go({ ...shown, after: before.at(-1) ?? "" },
		{ came: before.slice(0, -1) }));
}

// What the address says.
export async function openList(where)
{
	shown = read(where);
	before = history.state?.before ?? [];
	await load();
}
