// What is done at the operator's desk (R-OPS-2). Each act has a page, which says
// what it means, and wants the operator's own password (R-OPS-3), but for the
// mails.

import { said } from "./desk-parts.js";
import { forgetSlips, openSlips, prepareSlips } from "./desk-slips.js";
import { clear, faultsOf, withoutBlanks } from "./form.js";
import { listAddress, operatorAct } from "./operator-lists.js";
import { askPerson, newPerson, personFaults, personRefused }
	from "./operator-person.js";
import { haveDone, thingOf } from "./operator-things.js";
import { at, page } from "./way.js";
import { language, say } from "./words.js";

const WHYS = ["superseded", "keyCompromise", "cessationOfOperation",
	"affiliationChanged", "privilegeWithdrawn", "unspecified"];
// Of each act: where it is sent, and what it wants to know.
const ACTS = {
	lift: { kind: "user", wants: ["reason", "proof"] },
	suspend: { kind: "user", wants: ["reason", "proof"] },
	resume: { kind: "user", wants: ["reason", "proof"] },
	password: { kind: "user", wants: ["proof"] },
	name: { kind: "user", wants: ["value", "proof"] },
	email: { kind: "user", wants: ["value", "proof"] },
	remind: { kind: "user", wants: [] },
	close: { kind: "user", wants: ["reason", "proof"] },
	reopen: { kind: "user", wants: ["reason", "proof"] },
	add: { kind: "contracts", wants: ["number", "title", "proof"] },
	addUser: { kind: "users", wants: ["person", "proof"] },
	unlock: { kind: "contract", act: "lift", wants: ["reason", "proof"] },
	reset: { kind: "contract", wants: ["reason", "proof"] },
	profiles: { kind: "contract", wants: ["value", "proof"], empty: true },
	revokeAll: { kind: "contract", act: "revoke",
		wants: ["why", "reason", "proof"] },
	end: { kind: "contract", act: "close", wants: ["reason", "proof"] },
	revoke: { kind: "certificate", wants: ["why", "proof"] },
	retry: { kind: "mail", wants: [] },
	retryAll: { kind: "mail", wants: [] },
	confirm: { kind: "proposal", wants: ["proof"] },
	decline: { kind: "proposal", wants: [] },
	withdraw: { kind: "proposal", wants: [] },
};
const FIELDS = ["number", "title", "person", "reason", "value", "why", "proof"];
// What a value has to be.
const RULES = { name: "name.rule", email: "email.rule",
	profiles: "operator.profiles.rule" };
let way = null, over = null;
let act = null;		// { name, what, id }

export const isAct = name => name in ACTS;

// For the browser's memory of passwords.
export function remember(user)
{
	at("act-user").defaultValue = user;
}

// ----------------------------------------------------------------- one's act

// However their page is left: the operator's password, and one that was given.
export function forgetSecrets()
{
	at("proof").value = "";
	forgetSlips();
}

function option(name, value)
{
	const made = said("option", name);

	made.value = value;
	return made;
}

export function openAct(where, options)
{
	const { wants } = ACTS[where.get("act")];

	act = { name: where.get("act"), what: where.get("what") ?? "",
		id: Number(where.get("id")), of: where.get("of") };
	say(at("act-title"), `operator.act.${act.name}`);
	say(at("act-means"), `operator.means.${act.name}`);
	at("act-what").textContent = act.what;
	at("act-of").hidden = act.what === "";
	at("act-form").reset();
	for (const name of FIELDS)
		at(`${name}-field`).hidden = !wants.includes(name);
	if (wants.includes("value"))
		say(at("value-label"), `operator.value.${act.name}`);
	at("why").replaceChildren(
		...WHYS.map(why => option(`operator.why.${why}`, why)));
	askPerson(language(), role => option(`operator.role.${role}`, role));
	way.show("act", options);
}

// Where the act was chosen.
function back()
{
	const { kind } = ACTS[act.name];

	if (!["user", "users", "contract", "certificate"].includes(kind))
		return listAddress();
	if (kind === "users")
		return `#${new URLSearchParams({ contract: act.what })}`;
	return `#${new URLSearchParams(kind === "certificate"
		? { user: act.of } : { [kind]: act.what })}`;
}

const leave = () => {
	location.hash = back();
};

function request()
{
	const { kind, act: word, wants } = ACTS[act.name];
	const password = wants.includes("proof")
		? { password: at("proof").value } : {};

	if (kind === "contracts")
		return ["contract/add", { contract: withoutBlanks(
			at("number").value), name: at("title").value.trim(),
			...password }];
	if (kind === "users")
		return ["user/add", { ...newPerson(), contract: act.what,
			...password }];
	if (kind === "mail")
		return ["mail/retry", act.what === "" ? {}
			: { id: Number(act.what) }];
	if (kind === "proposal")
		return ["proposal/decide", { id: act.id,
			confirm: act.name === "confirm", ...password }];
	if (kind === "certificate")
		return ["certificate/revoke", { what: act.what,
			value: at("why").value, ...password }];
	const asked = { act: word ?? act.name, what: act.what, ...password };

	if (wants.includes("reason"))
		asked.reason = at("reason").value.trim();
	if (wants.includes("value"))
		asked.value = at("value").value.trim();
	if (wants.includes("why"))
		asked.value = at("why").value;
	return [`${kind}/act`, asked];
}

function faults()
{
	const { wants, empty } = ACTS[act.name];
	const missing = { number: "contract.empty",
		reason: "desk.reason.empty", value: "operator.value.empty",
		proof: "operator.proof.empty" };

	return [...wants.includes("person") ? personFaults() : [],
		...Object.keys(missing).filter(name => wants.includes(name)
			&& at(name).value.trim() === ""
			&& !(name === "value" && empty))
			.map(name => [at(name), missing[name]])];
}

// Of whom the slip is: what has begun, or whose page it was. Of a proposal that
// was confirmed there is the number alone.
function given()
{
	if (act.name === "add")
		return { id: withoutBlanks(at("number").value),
			name: at("title").value.trim(), role: "contract" };
	if (act.name === "addUser")
		return { ...newPerson(), id: newPerson().user };
	return thingOf(act.what) ?? { id: act.what, name: "",
		role: ACTS[act.name].kind === "user" ? "user" : "contract" };
}

function showGiven(password)
{
	const { id, name, role } = given();
	const contract = role === "contract";

	say(at("slips-title"),
		contract ? "operator.slips.title" : "desk.slips.title");
	openSlips([{ user: id, name: name || id, role, password }],
		`#${new URLSearchParams({ [contract ? "contract" : "user"]: id })}`);
}

// What the door found wrong with a new contract, and with anything else.
const contractRefused = ({ fields = [], code }) => [
	["contract", "number", code === "contract_taken"
		? "operator.number.taken" : "operator.number.rule"],
	["name", "title", "operator.title.rule"],
].filter(([name]) => fields.includes(name))
	.map(([, id, text]) => [at(id), text]);

function wrong(problem)
{
	if (act.name === "add")
		return contractRefused(problem);
	if (act.name === "addUser")
		return personRefused(problem);
	return [...faultsOf(problem, { reason: at("reason") }),
		...(problem.fields ?? [])
			.filter(name => name === "value" && act.name in RULES)
			.map(() => [at("value"), RULES[act.name]])];
}

async function submit()
{
	clear(page("act"));
	const missing = faults();

	if (missing.length > 0)
		return way.incomplete(missing);
	await way.busy(at("act-go"), "desk.busy", async () => {
		const answer = await operatorAct(...request());

		at("proof").value = "";
		if (answer.password)
			return showGiven(answer.password);
		haveDone(answer.proposed ? "proposed" : answer.done ? "done"
			: "nothing");
		leave();
	}, problem => {
		const found = wrong(problem);

		forgetSecrets();
		if (found.length === 0)
			return over(problem);
		way.incomplete(found);
		return true;
	});
}

// `ended`: sees to a problem that ends the visit.
export function prepareActs(ofWay, ended)
{
	way = ofWay;
	over = ended;
	at("act-form").addEventListener("submit", event => {
		event.preventDefault();
		submit();
	});
	at("act-cancel").addEventListener("click", leave);
	prepareSlips(way);
}
