// The registration of a master (R-WEB-2b): contract, fields, a second look, done.
// What was typed stays in this document, and goes nowhere before [Register].

import { endSession, sendContract, sendMaster, session } from "./api.js";
import { chosen } from "./choose.js";
import { clear, faultsOf, folded, withoutBlanks } from "./form.js";
import { isOnward, listenToDone, offerIssue } from "./onward.js";
import { typedPerson } from "./person.js";
import { BEHIND, Way, at, on, page } from "./way.js";
import { language, say } from "./words.js";

const way = new Way({ contract: 1, fields: 2, look: 3, done: 4, ended: 0 },
	["register.steps.1", "register.steps.2", "register.steps.3",
	"register.steps.4"]);

let policy = null;	// how long a password is; known behind the contract
let typed = null;	// what is sent

async function submitContract()
{
	const contract = withoutBlanks(at("contract").value);
	const initial = folded(at("initial").value);
	const faults = [];

	clear(page("contract"));
	if (contract === "")
		faults.push([at("contract"), "contract.empty"]);
	if (initial === "")
		faults.push([at("initial"), "initial.empty"]);
	if (faults.length > 0)
		return way.incomplete(faults);
	await way.busy(at("contract-go"), "password.busy", async () => {
		const answer = await sendContract(contract, initial);

		at("initial").value = "";
		wantFields(answer);
	});
}

function wantFields(answer, { fresh = false } = {})
{
	policy = answer.password;
	say(at("new-rule"), "password.rule", () => policy);
	if (location.hash !== "#fields")
		history.pushState(null, "", "#fields");
	way.show("fields", { fresh });
}

// All that is wrong at once, in the order of the fields.
function judged()
{
	const password = chosen(at("new"), at("new-again"), policy);
	const person = typedPerson({ user: at("user"), name: at("name"),
		email: at("email"), again: at("email-again") });
	const order = [...at("fields-form").elements];
	const faults = [...person.faults, ...password.faults].sort(
		([a], [b]) => order.indexOf(a) - order.indexOf(b));

	return { faults, typed: { ...person.typed, password: password.typed,
		password_again: password.typed,
		email_again: person.typed.email, locale: language() } };
}

function submitFields()
{
	const seen = judged();

	clear(page("fields"));
	if (seen.faults.length > 0)
		return refuseFields(seen.faults);
	typed = seen.typed;
	at("look-user").textContent = typed.user;
	at("look-name").textContent = typed.name;
	at("look-email").textContent = typed.email;
	at("look-stored").hidden = typed.name === at("name").value;
	history.pushState(null, "", "#look");
	way.show("look");
}

// What was typed stays, but for passwords (J-08).
function refuseFields(faults)
{
	const passwords = [at("new"), at("new-again")];

	if (faults.some(([field]) => passwords.includes(field)))
		for (const field of passwords)
			field.value = "";
	way.incomplete(faults);
}

async function submitAll()
{
	await way.busy(at("look-go"), "look.busy", async () => {
		done(await sendMaster(typed));
	}, problem => {
		const faults = faultsOf(problem, { user: at("user"),
			password: at("new"), password_again: at("new-again"),
			name: at("name"), email: at("email"),
			email_again: at("email-again") }, policy);

		if (faults.length === 0)
			return over(problem);
		history.replaceState(null, "", "#fields");
		way.show("fields");
		refuseFields(faults);
		return true;
	});
}

// `before`: it was registered before what was sent last came.
function done(answer, { fresh = false, before = false } = {})
{
	at("done-before").hidden = !before;
	at("done-user").textContent = answer.user;
	at("done-name").textContent = typed?.name ?? "";
	at("done-email").textContent = typed?.email ?? "";
	for (const line of page("done").querySelectorAll("[data-typed]"))
		line.hidden = typed === null;
	offerIssue(typed?.password ?? null);
	forgetTyped();
	history.replaceState(null, "", "#done");
	way.show("done", { fresh });
}

function forgetTyped()
{
	typed = null;
	for (const field of document.querySelectorAll("input"))
		field.value = "";
}

// Is that the end of this session? Then its page is there, or that of who is
// registered: the answer to an earlier try may be lost, which the browser sends
// again by itself, or another window was faster.
async function over(problem)
{
	if (problem.code !== "session_over" && problem.code !== "other_step")
		return false;
	const where = await session().catch(() => ({ at: "nothing" }));

	forgetTyped();
	if (BEHIND.includes(where.at)) {
		done(where, { before: true });
		return true;
	}
	history.replaceState(null, "", location.pathname);
	way.show("ended");
	return true;
}

async function cancel()
{
	forgetTyped();
	if (policy !== null)
		await endSession().catch(() => {});  // it ends by itself
	location.assign("/");
}

function startAgain()
{
	if (isOnward())
		return location.assign("/issue");
	history.replaceState(null, "", location.pathname);
	way.show("contract");
}

// Back and Forward (R-WEB-2c): to what can be shown.
addEventListener("popstate", () => {
	if (way.current === "done" || isOnward())
		return;
	if (location.hash === "#look" && typed !== null)
		way.show("look");
	else if (location.hash === "#fields" && policy !== null)
		way.show("fields");
	else if (location.hash === "")
		way.show("contract");
});

// Where a Reload or a second window was.
async function resume()
{
	const where = location.hash ? await session() : { at: "nothing" };

	if (where.at === "contract")
		return wantFields(where, { fresh: true });
	if (BEHIND.includes(where.at))
		return done(where, { fresh: true });
	way.show(location.hash ? "ended" : "contract", { fresh: true });
	history.replaceState(null, "", location.pathname);
}

on("contract-form", "submit", submitContract);
on("contract-cancel", "click", cancel);
on("fields-form", "submit", submitFields);
on("fields-cancel", "click", cancel);
on("look-go", "click", submitAll);
on("look-back", "click", () => history.back());
on("ended-go", "click", startAgain);
listenToDone(way);
way.open(resume);
