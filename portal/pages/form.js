// Fields, and what is wrong with them: a summary above the form, which takes
// the focus, and a sentence at each field.

import { calendarDay, moment, say } from "./words.js";

// Full-width letters and digits are those of ASCII (R-WEB-8).
export const folded = typed => typed.replace(/[\uff01-\uff5e]/g,
	letter => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
	.replace(/\u3000/g, " ");
export const withoutBlanks = typed => folded(typed).replace(/[\s\u200b-]/g, "");

function paragraph(name, words)
{
	const made = document.createElement("p");

	say(made, name, words);
	return made;
}

function plain(sentence)
{
	const made = document.createElement("p");

	made.textContent = sentence;
	return made;
}

function head(name)
{
	const made = document.createElement("h2");

	say(made, name);
	return made;
}

const HEADS = { login_failed: "problem.login", temporary_password: "problem.login",
	not_entitled: "problem.login", code_wrong: "problem.code",
	window_closed: "problem.window" };
// Of what the door does not say, since it was not reached.
const OWN = { line: "problem.line", server: "problem.server",
	unlock: "result.unlock.wrong" };

function show(box, ...parts)
{
	box.replaceChildren(...parts);
	box.hidden = false;
	box.focus();
}

// What the door refused, or what kept us from asking it.
export function tell(page, problem)
{
	const box = page.querySelector("[data-problem]");
	const parts = [head(HEADS[problem.code] ?? "problem.title")];

	parts.push(problem.detail ? plain(problem.detail)
		: paragraph(OWN[problem.code] ?? "problem.server"));
	if (problem.tries_left > 0)
		parts.push(paragraph("problem.tries",
			() => ({ count: problem.tries_left })));
	if (problem.opens_on)
		parts.push(paragraph("problem.opens",
			() => ({ date: calendarDay(problem.opens_on) })));
	else if (problem.retry_at && problem.code !== "unavailable")
		parts.push(paragraph("problem.retry",
			() => ({ time: moment(problem.retry_at) })));
	show(box, ...parts);
}

function mark(field, name, words)
{
	const made = document.createElement("p");

	say(made, name, words);
	made.className = "wrong";
	made.id = `${field.id}-wrong`;
	field.before(made);
	field.setAttribute("aria-invalid", "true");
	field.setAttribute("aria-describedby", [made.id,
		...(field.getAttribute("aria-describedby") ?? "").split(" ")]
		.filter(Boolean).join(" "));
}

// `faults`: of each a field, the name of the sentence that says what it wants,
// and what makes the words of that.
export function tellFields(page, faults)
{
	const list = document.createElement("ul");

	for (const [field, name, words] of faults) {
		const link = document.createElement("a");
		const item = document.createElement("li");

		mark(field, name, words);
		link.href = `#${field.id}`;
		say(link, name, words);
		link.addEventListener("click", event => {
			event.preventDefault();
			field.focus();
		});
		item.append(link);
		list.append(item);
	}
	show(page.querySelector("[data-problem]"), head("problem.fields"), list);
}

const RULES = { user: "user.rule", password: "password.rule",
	password_again: "password.again.rule", name: "name.rule",
	email: "email.rule", email_again: "email.again.rule",
	reason: "desk.reason.rule" };
const OF_CODE = { user_taken: "user.taken", password_same: "password.same" };

// What the door found wrong with fields, as tellFields() takes it. `fields`: ours
// by its names; `password`: how long one has to be.
export const faultsOf = (problem, fields, password) => (problem.fields ?? [])
	.filter(name => name in fields)
	.map(name => [fields[name], OF_CODE[problem.code] ?? RULES[name],
		() => password]);

// Before the next try.
export function clear(page)
{
	for (const said of page.querySelectorAll(".wrong"))
		said.remove();
	for (const field of page.querySelectorAll("[aria-invalid]")) {
		const hints = (field.getAttribute("aria-describedby") ?? "")
			.split(" ").filter(id => id !== `${field.id}-wrong`);

		field.removeAttribute("aria-invalid");
		if (hints.join("") === "")
			field.removeAttribute("aria-describedby");
		else
			field.setAttribute("aria-describedby", hints.join(" "));
	}
	for (const box of page.querySelectorAll("[data-problem]"))
		box.hidden = true;
}
