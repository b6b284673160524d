// A new user at the master's desk (R-ACC-7): one at a time. The temporary
// password is made by the door.

import { deskRegister } from "./desk-api.js";
import { visit } from "./desk-list.js";
import { openSlips } from "./desk-slips.js";
import { clear, faultsOf } from "./form.js";
import { typedPerson } from "./person.js";
import { at, page } from "./way.js";
import { language } from "./words.js";

let way = null, over = null;

async function submit()
{
	const { faults, typed } = typedPerson({ user: at("add-user"),
		name: at("add-name"), email: at("add-email"),
		again: at("add-email-again") });
	const person = { ...typed, locale: at("add-form").locale.value };

	clear(page("add"));
	if (faults.length > 0)
		return way.incomplete(faults);
	await way.busy(at("add-go"), "look.busy", async () => {
		const answer = await deskRegister(person);

		at("add-form").reset();
		visit(person.user);
		openSlips([{ ...person, ...answer }],
			`#${new URLSearchParams({ user: person.user })}`);
	}, problem => {
		const found = faultsOf(problem, { user: at("add-user"),
			name: at("add-name"), email: at("add-email") });

		if (found.length === 0)
			return over(problem);
		way.incomplete(found);
		return true;
	});
}

export function openAdd(options)
{
	at("add-form").locale.value = language();
	way.show("add", options);
}

// `ended`: sees to a problem that ends the visit.
export function prepareAdd(ofWay, ended)
{
	way = ofWay;
	over = ended;
	at("add-form").addEventListener("submit", event => {
		event.preventDefault();
		submit();
	});
}
