// Own details in the member area (R-ACC-8, R-WEB-5): what stands there, and each
// thing that can be changed on a page of its own. Who is not logged in, or shows
// another certificate, is told so at the log-in.

import { beginCalendar, endCalendar, keepEmail, own, sendEmail, sendEmailCode,
	sendName, sendOwnPassword } from "./api.js";
import { chosen } from "./choose.js";
import { clear, faultsOf, folded, withoutBlanks } from "./form.js";
import { keepLanguage } from "./language.js";
import { Way, at, on, page } from "./way.js";
import { moment, say } from "./words.js";

const way = new Way({ details: 0, name: 0, email: 0, password: 0 }, []);
const CODE = /^\d{8}$/;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const NAME_MAX = 20, EMAIL_MAX = 50;
const FORMS = ["name", "email", "password"];

let details = null;	// the door's last answer

// ------------------------------------------------------------- what is there

function render(answer)
{
	const { email_next: next, calendar } = details = answer;

	at("own-user").textContent = answer.user;
	at("own-name").textContent = answer.name;
	at("own-email").textContent = answer.email;
	at("password-user").value = answer.user;
	say(at("new-rule"), "password.rule", () => answer.password);
	at("waiting").hidden = !next;
	at("code-form").hidden = !next?.code;
	if (next)
		say(at("waiting-text"), "own.waiting.text", () => ({
			email: next.email, time: moment(next.at) }));
	at("address").hidden = !calendar.url;
	at("calendar-on").hidden = !calendar.on || Boolean(calendar.url);
	at("calendar-end").hidden = !calendar.on;
	say(at("calendar-begin"), calendar.on
		? "own.calendar.another" : "own.calendar.begin");
	if (calendar.url) {
		at("url").textContent = calendar.url;
		at("subscribe").href =
			calendar.url.replace(/^https:/, "webcal:");
	}
}

// `said`: what was done, which takes the focus; null: nothing was.
function showDetails(said, options)
{
	empty();
	way.show("details", options);
	at("changed").hidden = said === null;
	if (said !== null) {
		say(at("changed"), said);
		at("changed").focus();
	}
}

function empty()
{
	for (const field of document.querySelectorAll("form input"))
		if (!field.readOnly)
			field.value = "";
}

// ------------------------------------------------------------------ problems

// The menu knows what is wrong with a certificate, and where to log in.
function over({ code })
{
	if (code !== "session_over" && !code?.startsWith("certificate_"))
		return false;
	location.assign("/");
	return true;
}

// What was typed stays, but for passwords (J-08).
function refuse(faults)
{
	for (const field of [at("old"), at("new"), at("new-again")])
		if (way.current === "password")
			field.value = "";
	way.incomplete(faults);
}

const FIELDS = () => ({ name: at("name"), email: at("email"),
	email_again: at("email-again"), old_password: at("old"),
	password: at("new"), password_again: at("new-again") });

const WRONG = { password_wrong: ["old", "own.password.wrong"],
	password_same: ["new", "own.password.same"],
	code_wrong: ["email-code", "own.code.wrong"] };

function tellFaults(problem)
{
	// Of who is locked the door says what to do.
	const [field, said] = problem.tries_left === 0 ? []
		: WRONG[problem.code] ?? [];
	const faults = field ? [[at(field), said]]
		: faultsOf(problem, FIELDS(), details.password);

	if (faults.length > 0)
		refuse(faults);
	return faults.length > 0;
}

// ------------------------------------------------------------------- changing

const change = (button, said, act) =>
	way.busy(button, "own.busy", async () => {
		render(await act());
		history.replaceState(null, "", location.pathname);
		showDetails(said);
	}, problem => over(problem) || tellFaults(problem));

async function submitName()
{
	const name = at("name").value.normalize("NFC");

	clear(page("name"));
	if (name.trim() === "" || [...name].length > NAME_MAX)
		return refuse([[at("name"), "name.rule"]]);
	await change(at("name-go"), "own.name.done", () => sendName(name));
}

async function submitEmail()
{
	const email = folded(at("email").value).trim();
	const again = folded(at("email-again").value).trim();

	clear(page("email"));
	if (!EMAIL.test(email) || email.length > EMAIL_MAX)
		return refuse([[at("email"), "email.rule"]]);
	if (again !== email)
		return refuse([[at("email-again"), "email.again.rule"]]);
	await change(at("email-go"), "own.email.done",
		() => sendEmail(email, again));
}

async function submitCode()
{
	const code = withoutBlanks(at("email-code").value);

	clear(page("details"));
	if (!CODE.test(code))
		return refuse([[at("email-code"), "own.code.rule"]]);
	await change(at("code-go"), "own.code.done", () => sendEmailCode(code));
}

async function submitPassword()
{
	const old = folded(at("old").value);
	const { typed, faults } = chosen(at("new"), at("new-again"),
		details.password);

	clear(page("password"));
	if (old === "")
		faults.unshift([at("old"), "password.empty"]);
	if (faults.length > 0)
		return refuse(faults);
	await change(at("password-go"), "own.password.done",
		() => sendOwnPassword(old, typed));
}

const keep = () => change(at("keep"), "own.kept", keepEmail);

async function begin()
{
	await way.busy(at("calendar-begin"), "own.busy", async () => {
		render(await beginCalendar());
		at("changed").hidden = true;
		at("address").focus();
	}, over);
	render(details);  // the button is called otherwise now
}

const end = () => change(at("calendar-end"), "own.calendar.ended", endCalendar);

// -------------------------------------------------------------- where one is

function toForm(name)
{
	if (name === "name")
		at("name").value = details.name;
	way.show(name);
}

function leave()
{
	history.pushState(null, "", location.pathname);
	showDetails(null);
}

// A link, Back and Forward (R-WEB-2c).
function follow()
{
	const name = location.hash.slice(1);

	if (details === null)
		return;
	if (FORMS.includes(name))
		toForm(name);
	else
		showDetails(null);
}

async function resume()
{
	try {
		render(await own());
	} catch (problem) {
		if (over(problem))
			return;
		throw problem;
	}
	keepLanguage(details.locale);
	if (FORMS.includes(location.hash.slice(1)))
		follow();
	else
		showDetails(null, { fresh: true });
}

addEventListener("popstate", follow);
on("name-form", "submit", submitName);
on("email-form", "submit", submitEmail);
on("password-form", "submit", submitPassword);
on("code-form", "submit", submitCode);
for (const name of FORMS)
	on(`${name}-cancel`, "click", leave);
on("keep", "click", keep);
on("calendar-begin", "click", begin);
on("calendar-end", "click", end);
way.open(resume);
