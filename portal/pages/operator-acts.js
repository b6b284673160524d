// A user or a contract at the operator's desk, and what is done to it (R-OPS-2).
// Each act has a page, which says what it means, and wants the operator's own
// password (R-OPS-3), but for the mails.

import { certificate, fill, number, plain, said, states } from "./desk-parts.js";
import { forgetSlips, openSlips, prepareSlips } from "./desk-slips.js";
import { clear, faultsOf, withoutBlanks } from "./form.js";
import { actLink, column, link, listAddress, operatorAct, operatorRead, row }
	from "./operator-lists.js";
import { askPerson, newPerson, personFaults, personRefused }
	from "./operator-person.js";
import { at, page } from "./way.js";
import { day, language, say } from "./words.js";

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
const HELPS = { lift: ["locked", "blocked"], remind: ["active"],
	suspend: ["active", "locked", "blocked"], resume: ["suspended"],
	password: ["active", "locked", "blocked", "suspended"],
	name: ["active", "locked", "blocked", "suspended"],
	email: ["active", "locked", "blocked", "suspended"],
	close: ["active", "locked", "blocked", "suspended"],
	reopen: ["closed"] };
// The same of a contract.
const HELPS_CONTRACT = { unlock: ["locked", "blocked"],
	addUser: ["active", "locked", "blocked"],
	reset: ["active", "locked", "blocked"],
	profiles: ["active", "locked", "blocked"],
	revokeAll: ["active", "locked", "blocked"],
	end: ["active", "locked", "blocked"] };
const HELD = {
	serial: held => [plain("span", held.serial.slice(-12), "mono")],
	profile: held => [plain("span", held.profile)],
	held: held => [said("span", `operator.held.${held.state}`)],
	until: held => [plain("span", day(held.not_after))],
	act: held => held.state === "valid"
		? [actLink("revoke", held.serial, { of: thing.id })] : [],
};

let way = null, over = null;
let thing = null;	// the user or contract whose page was open
let act = null;		// { name, what, id }
let did = null;		// what has just been done

export const isAct = name => name in ACTS;

// For the browser's memory of passwords.
export function remember(user)
{
	at("act-user").defaultValue = user;
}

// ---------------------------------------------------------------- one's page

const fact = (name, parts) => [said("dt", name),
	fill(document.createElement("dd"), parts)];
const mono = word => plain("span", word, "mono");

function toUsers(contract, count)
{
	const made = said("a", count === 1 ? "desk.found.one" : "desk.found",
		() => ({ found: number(count) }));

	made.href = `#${new URLSearchParams({ list: "users", contract })}`;
	return made;
}

function toList(list, asked)
{
	const made = said("a", `operator.${list}`);

	made.href = `#${new URLSearchParams({ list, ...asked })}`;
	return made;
}

function sayDid(id)
{
	at(id).hidden = did === null;
	if (did !== null)
		say(at(id), `operator.did.${did}`);
	did = null;
}

export const sayListDid = () => sayDid("list-did");

function show(name, id, facts, acts)
{
	at("thing-name").textContent = name;
	at("thing-id").textContent = id;
	at("thing-facts").replaceChildren(...facts.flat());
	at("thing-acts").replaceChildren(...acts.map(one => {
		const item = document.createElement("li");

		item.append(said("h3", `operator.act.${one}`),
			said("p", `operator.means.${one}`), actLink(one, id));
		return item;
	}));
}

const helpful = (acts, state) =>
	Object.keys(acts).filter(name => acts[name].includes(state));

// Operators are the command line's (R-OPS-2).
const offered = user => user.role === "operator" ? []
	: helpful(HELPS, user.state)
		.filter(name => name !== "reopen" || user.reopens);

export async function openUser(id, options)
{
	const [{ users }, { certificates }] = await Promise.all([
		operatorRead("users", { search: id }),
		operatorRead("certificates", { user: id })]);
	const user = users.find(one => one.user === id);

	if (!user)
		return false;
	thing = { id, name: user.name, role: user.role };
	say(at("thing-title"), "desk.user.title");
	show(user.name, id, [
		fact("desk.column.state", states(user)),
		fact("desk.role", [said("span", `operator.role.${user.role}`)]),
		fact("operator.column.contract", [link("contract", user.contract)]),
		fact("email.label", [mono(user.email)]),
		fact("desk.column.not_after", certificate(user)),
		fact("operator.more_about", [toList("mails", { user: id }),
			toList("audit", { user: id })]),
	], offered(user));
	at("thing-certificates").hidden = certificates.length === 0;
	at("certificates-columns").replaceChildren(
		...Object.keys(HELD).map(column));
	at("certificates-rows").replaceChildren(
		...certificates.map(held => row(HELD, held)));
	way.show("thing", options);
	sayDid("thing-did");
	return true;
}

export async function openContract(id, options)
{
	const { contracts } = await operatorRead("contracts", { search: id });
	const contract = contracts.find(one => one.contract === id);

	if (!contract)
		return false;
	thing = { id, name: contract.name, role: "contract" };
	say(at("thing-title"), "operator.contract.title");
	show(contract.name, id, [
		fact("desk.column.state", states(contract)),
		fact("operator.column.users", [toUsers(id, contract.users)]),
		fact("operator.column.master", [contract.master
			? link("user", contract.master) : said("span", "operator.none")]),
		fact("operator.profiles", [contract.profiles.length > 0
			? plain("span", contract.profiles.join(", "))
			: said("span", "operator.profiles.all")]),
		fact("operator.more_about", [toList("audit", { contract: id })]),
	], helpful(HELPS_CONTRACT, contract.state));
	at("thing-certificates").hidden = true;
	way.show("thing", options);
	sayDid("thing-did");
	return true;
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
	return thing?.id === act.what ? thing : { id: act.what, name: "",
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
		did = answer.proposed ? "proposed" : answer.done ? "done"
			: "nothing";
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
