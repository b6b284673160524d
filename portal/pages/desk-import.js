// Many users at once at the master's desk, from a file: first a look at what is
// in it, which changes nothing; then one after the other, so that a line that
// drops costs nobody's password.

import { Problem } from "./api.js";
import { ROWS_MAX, SIZE_MAX, countRows, parts, read } from "./csv.js";
import { desk, deskAct, deskCsv, deskRegister } from "./desk-api.js";
import { listAddress } from "./desk-list.js";
import { fill, long, mailAddress, number, plain, said, save }
	from "./desk-parts.js";
import { openSlips } from "./desk-slips.js";
import { clear } from "./form.js";
import { at, page } from "./way.js";
import { say, text } from "./words.js";

const SHOWN_MAX = 20;	// of those that are good
const FAULTS_MAX = 200;
const WAIT_MS = 5000;
const HELP = { user_id: "user.rule", name: "name.rule", email: "email.rule",
	role: "desk.rule.role", locale: "desk.rule.locale" };
const WAITS = ["throttled", "busy", "unavailable", "line", "server"];

let way = null, over = null;
let people = [];	// who is to be registered
let running = false, stopped = false;

export const isRunning = () => running;

// ---------------------------------------------------------------------- file

const sizes = () => ({ rows: number(ROWS_MAX), size: SIZE_MAX >> 20 });

function sample()
{
	return `${["user_id,name,email,locale",
		...[1, 2].map(n => text(`desk.import.sample.${n}`))]
		.join("\r\n")}\r\n`;
}

// U+FEFF says to Excel that this is UTF-8.
const saveSample = () => save("users.csv", "text/csv", `\ufeff${sample()}`);

export function openFile(options)
{
	say(at("file-hint"), "desk.import.hint", sizes);
	at("sample").textContent = sample();
	way.show("file", options);
}

function judged(file, bytes)
{
	if (file === undefined)
		return { fault: "desk.import.none" };
	if (file.size > SIZE_MAX)
		return { fault: "desk.import.large" };
	const found = read(bytes);

	if (found === null)
		return { fault: "desk.import.letters" };
	if (countRows(found.text) > ROWS_MAX)
		return { fault: "desk.import.rows" };
	return found;
}

async function submitFile()
{
	const [file] = at("file").files;
	const bytes = file?.size <= SIZE_MAX ? await file.arrayBuffer() : null;
	const found = judged(file, bytes);

	clear(page("file"));
	if (found.fault)
		return way.incomplete([[at("file"), found.fault, sizes]]);
	await way.busy(at("file-go"), "desk.import.busy", async () => {
		showLook(file.name, found, await look(found.text));
	}, over);
}

// ---------------------------------------------------------------------- look

// A user ID in two parts of the file, which the door has seen one by one.
function twice(rows)
{
	const lines = new Map();
	const faults = [];

	for (const { user, line } of rows) {
		if (lines.has(user))
			faults.push({ line, field: "user_id", why: "twice",
				other_line: lines.get(user) });
		else
			lines.set(user, line);
	}
	return faults;
}

async function look(content)
{
	const { rows_max: most } = await desk();
	const rows = [], faults = [];

	for (const { csv, line } of parts(content, most)) {
		const said = await deskCsv(csv);
		const there = one => ({ ...one, line: line(one.line),
			...(one.other_line
				&& { other_line: line(one.other_line) }) });

		rows.push(...said.rows.map(there));
		faults.push(...said.faults.map(there));
		// The first row, which each of the parts has.
		if (faults.some(one => one.line === 1))
			break;
	}
	faults.push(...twice(rows));
	return { rows, faults: faults.sort((a, b) => a.line - b.line) };
}

function cell(name, content)
{
	const made = document.createElement("td");

	made.role = "cell";
	return fill(made, [said("span", name, undefined, "label"), content]);
}

function row(...cells)
{
	const made = document.createElement("tr");

	made.role = "row";
	made.append(...cells);
	return made;
}

function wrong({ field, why, other_line: line })
{
	const made = document.createElement("span");
	const parts = [said("span", `desk.fault.${why}`, () => ({ line }))];

	if (why === "form" && field)
		parts.push(said("span", HELP[field]));
	return fill(made, parts);
}

const faultRow = fault => row(
	cell("desk.look.line", plain("span", fault.line)),
	cell("desk.look.field", plain("span", fault.field ?? "–", "mono")),
	cell("desk.look.wrong", wrong(fault)));

const goodRow = person => row(
	cell("desk.look.line", plain("span", person.line)),
	cell("user.label", plain("span", person.user, "mono")),
	cell("name.label", long(person.name)),
	cell("email.label", mailAddress(person.email)));

function sayMore(place, all, most)
{
	place.hidden = all <= most;
	say(place, "desk.look.more", () => ({ count: number(all - most) }));
}

function showLook(name, { name: letters }, { rows, faults })
{
	const good = faults.length === 0;
	const count = good ? rows.length : faults.length;

	people = good ? rows : [];
	say(at("look-lead"), good ? "desk.look.good" : "desk.look.bad",
		() => ({ count: number(count), file: name, letters }));
	at("look-faults").hidden = good;
	at("look-rows").replaceChildren(
		...faults.slice(0, FAULTS_MAX).map(faultRow));
	sayMore(at("look-more"), faults.length, FAULTS_MAX);
	at("look-people").hidden = rows.length === 0;
	at("good-rows").replaceChildren(
		...rows.slice(0, SHOWN_MAX).map(goodRow));
	sayMore(at("good-more"), rows.length, SHOWN_MAX);
	at("look-note").hidden = !good;
	at("look-go").hidden = !good;
	at("look-progress").hidden = true;
	say(at("look-go"), "desk.look.go", () => ({ count: number(count) }));
	say(at("look-back"), good ? "cancel" : "desk.look.back");
	history.pushState(null, "", "#look");
	way.show("look");
}

// ----------------------------------------------------------------------- run

function sayProgress(done)
{
	at("progress").max = people.length;
	at("progress").value = done;
	say(at("progress-text"), "desk.look.progress",
		() => ({ done: number(done), of: number(people.length) }));
}

const waitFor = ms => new Promise(done => {
	setTimeout(done, ms);
});

const delay = ({ retry_at: then }) =>
	Math.max(WAIT_MS, then ? new Date(then) - Date.now() : 0);

// A user who was registered by a question whose answer was lost has a password
// that nobody knows, and gets another.
async function register({ user, name, email, locale, role })
{
	for (let lost = false; ;) {
		try {
			return await deskRegister(
				{ user, name, email, locale, role });
		} catch (problem) {
			const { code } = problem;

			if (lost && code === "user_taken")
				return deskAct("password", { user });
			if (!WAITS.includes(code) || stopped)
				throw problem;
			lost ||= code === "line" || code === "server";
			say(at("progress-text"), "desk.look.waiting");
			await waitFor(delay(problem));
		}
	}
}

async function run()
{
	const done = [], left = [];

	for (const person of people) {
		if (stopped) {
			left.push({ ...person, problem: null });
			continue;
		}
		try {
			done.push({ ...person, ...await register(person) });
		} catch (problem) {
			if (!(problem instanceof Problem))
				throw problem;
			if (problem.status === 401 || problem.status === 403)
				stopped = true;
			left.push({ ...person, problem });
		}
		sayProgress(done.length + left.length);
	}
	return { done, left };
}

async function start()
{
	running = true;
	stopped = false;
	at("look-progress").hidden = false;
	sayProgress(0);
	say(at("look-back"), "desk.look.stop");
	await way.busy(at("look-go"), "look.busy", async () => {
		const { done, left } = await run();

		running = false;
		if (done.length === 0 && left[0].problem)
			throw left[0].problem;
		people = [];
		openSlips(done, listAddress(), left);
	}, over);
	running = false;
	say(at("look-back"), "cancel");
}

function back()
{
	if (running)
		stopped = true;
	else
		location.hash = "import";
}

// `ended`: sees to a problem that ends the visit.
export function prepareImport(ofWay, ended)
{
	way = ofWay;
	over = ended;
	at("file-form").addEventListener("submit", event => {
		event.preventDefault();
		submitFile();
	});
	at("sample-save").addEventListener("click", saveSample);
	at("look-go").addEventListener("click", start);
	at("look-back").addEventListener("click", back);
	addEventListener("beforeunload", event => {
		if (running)
			event.preventDefault();
	});
}

// Is there something to look at, or is it to be chosen anew?
export const hasLook = () => people.length > 0;
