// Who is to be a user of a contract, as an operator types it on the page of that
// act (R-OPS-2). Of roles there is one more than at a master's desk.

import { faultsOf } from "./form.js";
import { typedPerson } from "./person.js";
import { at } from "./way.js";

const ROLES = ["general", "master", "device"];

const fields = () => ({ user: at("new-user"), name: at("new-name"),
	email: at("new-email"), again: at("new-email-again") });

// As the door takes it.
export const newPerson = () => ({ ...typedPerson(fields()).typed,
	role: at("new-role").value, locale: at("act-form").locale.value });

// Before it is sent, and what the door found: as tellFields() takes them.
export const personFaults = () => typedPerson(fields()).faults;
export const personRefused = problem => faultsOf(problem, fields());

// `option`: makes one of these words.
export function askPerson(language, option)
{
	at("new-role").replaceChildren(...ROLES.map(option));
	at("act-form").locale.value = language;
}
