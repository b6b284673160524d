// The language of a page, and its texts. An element that has data-say shows the
// text of that name; with data-label, it is called so.

import brand from "/brand.js";
import { isFree, isOurs, language, speak, table } from "./spoken.js";

const values = new WeakMap();  // of an element: what makes those of its text

export { language };

// Nothing, before there is a table: sayAll() says it then.
export const text = (name, words = {}) => table()?.[name]
	.replace(/\{(\w+)\}/g, (_, word) => words[word]) ?? "";

// `make` gives the words for {these}; it is asked again for another language.
export function say(element, name, make = () => ({}))
{
	element.dataset.say = name;
	values.set(element, make);
	element.textContent = text(name, make());
}

// The bank's colours, before anything is seen.
const sheet = new CSSStyleSheet();
sheet.replaceSync(brand.style);
document.adoptedStyleSheets = [sheet];

// What the bank says of itself, in a place of its own.
function sayOwn(name, kind, put, said)
{
	let place = document.querySelector(`[data-brand=${name}]`);

	if (!place) {
		place = document.createElement(kind);
		place.dataset.brand = name;
		put(place);
	}
	place.textContent = said;
}

// Whose pages these are: logo, name and help desk (koshin.yaml).
function sayBrand()
{
	const home = document.querySelector("header a");
	const logo = home?.querySelector("img");
	const footer = document.querySelector("footer");

	if (logo && brand.logo)
		logo.src = "/brand.svg";
	if (logo && brand.name)
		sayOwn("name", "b", place => logo.after(place), brand.name);
	if (footer && brand.contact)
		sayOwn("contact", "p", place => footer.prepend(place),
			text("contact", { contact: brand.contact }));
}

// All texts of the page.
export function sayAll()
{
	sayBrand();
	document.documentElement.lang = language();
	for (const element of document.querySelectorAll("[data-say]"))
		element.textContent = text(element.dataset.say,
			values.get(element)?.());
	for (const element of document.querySelectorAll("[data-label]"))
		element.setAttribute("aria-label", text(element.dataset.label));
}

let follow = () => {};  // all that is said, in another language

// That the texts of the other language did not come: in both, since who wants the
// other one may not read this. `button` has the focus, and keeps it.
function tellFailed(button)
{
	const place = document.createElement("div");

	place.id = "switch-failed";
	place.className = "note bad";
	place.role = "alert";
	for (const [name, lang] of [["switch.failed", language()],
		["switch.failed.other", button.lang]]) {
		const made = document.createElement("p");

		made.lang = lang;
		say(made, name);
		place.append(made);
	}
	document.querySelector("main").prepend(place);
}

// The switch in the header.
export function offerLanguages(button, changed)
{
	const name = () => {
		button.lang = language() === "ja" ? "en" : "ja";
	};

	follow = () => {
		sayAll();
		name();
		changed();
	};
	button.addEventListener("click", async () => {
		document.getElementById("switch-failed")?.remove();
		try {
			await speak(button.lang);
		} catch {
			return tellFailed(button);	// the line
		}
		follow();
		button.dispatchEvent(new Event("spoken"));
	});
	name();
}

// That of an account, where nobody has chosen one in this browser.
export function adopt(tag)
{
	if (isFree() && tag !== language() && isOurs(tag))
		speak(tag, { keep: false }).then(follow, () => {});
}

let wrong = false;

// `error`: something on the page is to be mended first.
export function title(name, { step = 0, of = 0, error = wrong } = {})
{
	let made = text(name);

	wrong = error;
	if (step > 0)
		made = text("step.title", { title: made, step, of });
	if (error)
		made = text("error.title", { title: made });
	document.title = text("page.title",
		{ title: made, service: [brand.name, text("service")]
			.filter(Boolean).join(" ") });
}

const format = options => when =>
	new Intl.DateTimeFormat(language(), options).format(new Date(when));

export const day = format({ dateStyle: "long" });
export const moment = when => (
	new Date(when).toDateString() === new Date().toDateString()
		? format({ timeStyle: "short" })
		: format({ month: "long", day: "numeric", hour: "numeric", minute: "2-digit" })
)(when);
// "2027-04-27" is that day in any zone.
export const calendarDay = date =>
	format({ dateStyle: "long", timeZone: "UTC" })(date);
