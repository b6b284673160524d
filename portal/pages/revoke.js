// A member revokes a certificate of his own (R-CERT-6): which, why, and the
// password, typed anew. What may be revoked the door says of each.

import { certificates, revokeOwn, session } from "./api.js";
import { clear, folded } from "./form.js";
import { Way, at, on, page } from "./way.js";
import { day, say } from "./words.js";

const way = new Way({ ask: 0, none: 0, done: 0 }, []);

// The menu knows what is wrong with a certificate, and where to log in.
function over({ code })
{
	if (code !== "session_over" && !code?.startsWith("certificate_"))
		return false;
	location.assign("/");
	return true;
}

function line(name, words)
{
	const made = document.createElement("span");

	say(made, name, words);
	return made;
}

function choice({ serial, not_before, not_after, shown }, checked)
{
	const label = document.createElement("label");
	const input = document.createElement("input");
	const text = document.createElement("span");
	const number = document.createElement("span");

	label.className = "choice";
	Object.assign(input, { type: "radio", name: "serial", value: serial,
		checked });
	number.className = "mono";
	number.textContent = serial.match(/..../g).join(" ");
	text.append(line("result.validity.text", () => ({
		from: day(not_before), to: day(not_after) })),
	document.createElement("br"), number);
	if (shown)
		text.append(document.createElement("br"), line("list.shown"));
	label.append(input, text);
	return label;
}

// That of the link, or else the one in use.
function choose(list)
{
	const wanted = list.find(one => one.serial === location.hash.slice(1))
		?? list.find(one => one.shown) ?? list[0];

	at("which").replaceChildren(...list.map(
		one => choice(one, one === wanted)));
}

function tellFaults({ code })
{
	if (code !== "password_wrong")
		return false;
	at("password").value = "";
	way.incomplete([[at("password"), "own.password.wrong"]]);
	return true;
}

function showDone({ over: ended })
{
	say(at("done-text"), ended ? "revoke.done.over" : "revoke.done.text");
	at("done-anew").hidden = !ended;
	at("done-back").hidden = ended;
	at("password").value = "";
	way.show("done");
}

async function submit()
{
	const { why } = at("ask-form").elements;
	const serial = at("which").querySelector(":checked");
	const password = folded(at("password").value);

	clear(page("ask"));
	if (password === "")
		return way.incomplete([[at("password"), "password.empty"]]);
	await way.busy(at("ask-go"), "revoke.busy", async () => {
		showDone(await revokeOwn(serial.value, why.value, password));
	}, problem => over(problem) || tellFaults(problem));
}

async function resume()
{
	try {
		const [{ certificates: all }, { user }] =
			await Promise.all([certificates(), session()]);
		const list = all.filter(one => one.revocable);

		at("ask-user").value = user;
		if (list.length > 0)
			choose(list);
		way.show(list.length > 0 ? "ask" : "none", { fresh: true });
	} catch (problem) {
		if (!over(problem))
			throw problem;
	}
}

on("ask-form", "submit", submit);
way.open(resume);
