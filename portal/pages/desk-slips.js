// Temporary passwords (R-ACC-7), and initial ones of contracts (R-ACC-1): shown
// once, on slips to be printed and handed over. They are in no address and in no
// store; when the page is left they are gone.

import brand from "/brand.js";
import { plain, said, save } from "./desk-parts.js";
import { at } from "./way.js";
import { say } from "./words.js";

const SHOWN_MAX = 500;	// what a browser prints without effort
const STEPS = [1, 2, 3];

let way = null;
let people = [];
let kept = false;	// printed or saved, or told once that it is not

function line(name, value, className)
{
	return [said("dt", name), plain("dd", value, className)];
}

// Of each kind: what it names, what the password is, and how one begins with it.
const KINDS = {
	user: { named: "user.label", secret: "temporary.label", of: "desk" },
	device: { named: "user.label", secret: "password.label",
		of: "desk", ready: true },
	contract: { named: "contract.label", secret: "initial.label",
		of: "operator" },
};

function slip({ user, name, password, role })
{
	const made = document.createElement("article");
	const list = document.createElement("dl");
	const how = document.createElement("ol");
	const { named, secret, of, ready } = KINDS[role] ?? KINDS.user;

	made.className = "slip";
	list.append(...line(named, user, "mono"),
		...line(secret, password, "mono passphrase"));
	how.append(...STEPS.map(n => said("li", `${of}.slip.${n}`,
		() => ({ portal: brand.portal }))));
	made.append(said("h2", `${of}.slip.for`, () => ({ name })), list);
	if (!ready)
		made.append(how);
	return made;
}

function leftOut({ line: number, user, problem })
{
	const item = document.createElement("li");
	const why = said("span", "desk.left.stopped");

	if (problem?.detail)
		why.textContent = problem.detail;
	item.append(said("span", "desk.left.line", () => ({ line: number })), " ",
		plain("span", user, "mono"), " ", why);
	return item;
}

// `all`: of each user, name, password, and the role; that of a contract, whose
// number it is, is "contract". `to`: where one goes on. `left`: who was not
// registered, and the problem, if it was one.
export function openSlips(all, to, left = [])
{
	people = all;
	kept = false;
	history.replaceState(null, "", "#slips");
	at("slips").replaceChildren(...people.slice(0, SHOWN_MAX).map(slip));
	at("slips-more").hidden = people.length <= SHOWN_MAX;
	say(at("slips-more"), "desk.slips.more",
		() => ({ shown: SHOWN_MAX, all: people.length }));
	at("slips-save").hidden = people.length === 1;
	at("slips-done").href = to;
	at("slips-leave").hidden = true;
	at("slips-left").hidden = left.length === 0;
	say(at("slips-left-head"), "desk.left.head",
		() => ({ count: left.length }));
	at("slips-left-list").replaceChildren(...left.map(leftOut));
	way.show("slips");
}

export const hasSlips = () => people.length > 0;

// Who leaves without having them is asked once more.
export function mayLeaveSlips()
{
	const may = kept;

	kept = true;
	at("slips-leave").hidden = may;
	if (!may)
		at("slips-leave").focus();
	return may;
}

export function forgetSlips()
{
	people = [];
	at("slips").replaceChildren();
}

function print()
{
	kept = true;
	window.print();
}

// A password never begins like a formula, and has no comma or quote.
function saveAll()
{
	kept = true;
	save("passwords.csv", "text/csv", ["user_id,password",
		...people.map(({ user, password }) => `${user},${password}`),
		""].join("\r\n"));
}

export function prepareSlips(ofWay)
{
	way = ofWay;
	at("slips-print").addEventListener("click", print);
	at("slips-save").addEventListener("click", saveAll);
	addEventListener("beforeunload", event => {
		if (hasSlips() && !kept)
			event.preventDefault();
	});
}
