// What the master's desk asks the door. What is searched for stands in no
// address.

import { ask } from "./api.js";

export const desk = () => ask("GET", "desk");
export const deskUsers = question => ask("POST", "desk/users", question);
export const deskUser = user => ask("POST", "desk/user", { user });
export const deskAct = (act, question) =>
	ask("POST", `desk/user/${act}`, question);
export const deskRegister = person => ask("POST", "desk/register", person);
export const deskCsv = csv => ask("POST", "desk/csv", { csv });
