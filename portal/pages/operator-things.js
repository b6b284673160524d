// A user, a contract or a certificate at the operator's desk: how it is, and what
// may be done to it (R-OPS-2, R-OPS-5).

import { certificate, fill, number, plain, said, states } from "./desk-parts.js";
import { actLink, column, link, operatorRead, row } from "./operator-lists.js";
import { at } from "./way.js";
import { day, moment, say } from "./words.js";

// In which states an act helps.
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
	serial: held => [toCertificate(held)],
	profile: held => [plain("span", held.profile)],
	held: held => [said("span", `operator.held.${held.state}`)],
	until: held => [plain("span", day(held.not_after))],
	act: held => held.state === "valid" && thing.role !== "operator"
		? [actLink("revoke", held.serial, { of: thing.id })] : [],
};

let way = null;
let thing = null;	// the user or contract whose page was open
let did = null;		// what has just been done

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

function toCertificate({ serial })
{
	const made = link("certificate", serial);

	made.textContent = serial.slice(-12);
	return made;
}

function toList(list, asked)
{
	const made = said("a", `operator.${list}`);

	made.href = `#${new URLSearchParams({ list, ...asked })}`;
	return made;
}

export const haveDone = what => {
	did = what;
};

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
	at("thing-acts").replaceChildren();
	for (const one of acts)
		offer(one, id);
}

function offer(name, id, more)
{
	const item = document.createElement("li");

	item.append(said("h3", `operator.act.${name}`),
		said("p", `operator.means.${name}`), actLink(name, id, more));
	at("thing-acts").append(item);
}

export const thingOf = id => thing?.id === id ? thing : null;

const helpful = (acts, state) =>
	Object.keys(acts).filter(name => acts[name].includes(state));

// Operators are the command line's (R-OPS-2).
const offered = user => user.role === "operator" ? []
	: helpful(HELPS, user.state)
		.filter(name => name !== "reopen" || user.reopens);

export async function openUser(id, options)
{
	const [{ users }, { certificates, more }] = await Promise.all([
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
	at("certificates-more").hidden = !more;
	say(at("certificates-more"), "operator.certificates.more",
		() => ({ count: certificates.length }));
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

const when = at => at ? plain("span", moment(at)) : said("span", "operator.none");

// One of a user's; who has the serial number alone searches for the user by it.
export async function openCertificate(serial, options)
{
	const { users: [user] } = await operatorRead("users", { search: serial });
	const { certificates } = await operatorRead("certificates",
		{ user: user?.user ?? "" });
	const held = certificates.find(one => one.serial === serial);

	if (!held)
		return false;
	thing = { id: user.user, name: user.name, role: user.role };
	say(at("thing-title"), "operator.certificate.title");
	show("", serial, [
		fact("operator.column.held",
			[said("span", `operator.held.${held.state}`)]),
		fact("operator.column.user", [link("user", user.user),
			plain("span", user.name)]),
		fact("operator.column.profile", [plain("span", held.profile)]),
		fact("operator.column.from", [when(held.not_before)]),
		fact("operator.column.until", [when(held.not_after)]),
		fact("operator.column.installed", [said("span", held.installed
			? "operator.installed" : "operator.uninstalled")]),
		...held.revoked_at ? [fact("operator.column.revoked", [
			when(held.revoked_at), said("span",
				`operator.why.${held.reason}`)])] : [],
	], []);
	if (held.state === "valid" && user.role !== "operator")
		offer("revoke", serial, { of: user.user });
	at("thing-certificates").hidden = true;
	way.show("thing", options);
	sayDid("thing-did");
	return true;
}

export function prepareThings(ofWay)
{
	way = ofWay;
}
