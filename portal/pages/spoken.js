// Which language a page speaks, and its texts: those of the one that it speaks.
// A page names this file before its own, so that they come beside that; its
// data-texts says which it has beside those of all pages.

const TEXTS = {
	all: {
		ja: () => import("./ja.js"), en: () => import("./en.js"),
	},
	desk: {
		ja: () => import("./ja-desk.js"), en: () => import("./en-desk.js"),
	},
	operator: {
		ja: () => import("./ja-operator.js"),
		en: () => import("./en-operator.js"),
	},
	own: {
		ja: () => import("./ja-own.js"), en: () => import("./en-own.js"),
	},
};
const CHOICE = "koshin-language";
const parts = `all ${document.documentElement.dataset.texts ?? ""}`
	.trim().split(" ");
const tables = {};  // of the languages that were loaded

let chosen = null;

try {
	chosen = localStorage.getItem(CHOICE);
} catch {
	// A browser that keeps nothing: until the page is left.
}

// The first of ours that the browser asks for; who asks for neither reads
// English more likely than Japanese.
function preferred()
{
	const asked = navigator.languages.map(tag => tag.slice(0, 2));

	return asked.find(tag => tag in TEXTS.all) ?? "en";
}

export const language = () => chosen ?? preferred();
// Has nobody chosen one in this browser?
export const isFree = () => chosen === null;
export const isOurs = tag => tag in TEXTS.all;
// All texts of the page, by name; undefined before they are there.
export const table = () => tables[language()];

async function load(tag)
{
	const come = await Promise.all(parts.map(part => TEXTS[part][tag]()));

	tables[tag] = Object.assign({}, ...come.map(one => one.default));
}

const begun = load(language());

begun.catch(() => {});	// who waits for it hears it
// When something can be said.
export const ready = () => begun;

// From now on; where its texts do not come, all stays as it is.
export async function speak(tag, { keep = true } = {})
{
	await load(tag);
	chosen = tag;
	if (!keep)
		return;
	try {
		localStorage.setItem(CHOICE, tag);
	} catch {
		// as above
	}
}
