// The result (R-CERT-9, R-WEB-2d): the certificate, its file, and how to go on.
// The file is made here, and its passphrase goes nowhere; of a key that the
// session has, the door makes it, and is told the passphrase.

import { freshName, fromBase64, shown } from "./api.js";
import { clear, folded, tell, tellFields } from "./form.js";
import { freshPassphrase, unseal } from "./keys.js";
import { makeFile } from "./p12.js";
import { forget, keep } from "./store.js";
import { at, page } from "./way.js";
import { calendarDay, day, moment, say } from "./words.js";

// What each target reads (p12.js).
const TARGETS = { windows: "new", firefox: "new", linux: "new", mac: "old",
	ios: "old", android: "old", other: "old" };

let way = null, door = null;	// as receive.js has them
let record = null;
let key = null, password = null;  // not known after a Reload
let fresh = null;	// the passphrase of the file, if it is not the password
let target = null;
let afterUnlock = null;
let making = false;
let ending = false;
let installed = false;	// and nothing of it is kept here any more

// This very device, most likely.
function likelyTarget()
{
	const { userAgent, maxTouchPoints } = navigator;
	const signs = [["android", /Android/], ["ios", /iPhone|iPad|iPod/],
		["firefox", /Firefox/], ["windows", /Windows/],
		["mac", /Macintosh/], ["linux", /Linux|CrOS/]];
	const [found] = signs.find(([, sign]) => sign.test(userAgent))
		?? ["other"];

	// An iPad says that it is a Mac.
	return found === "mac" && maxTouchPoints > 1 ? "ios" : found;
}

const form = () => TARGETS[target];
const store = async () => record.server || keep(record).catch(() => {});

// One file at a time, and what the door refuses is told here.
async function tried(act)
{
	if (making)
		return;
	making = true;
	untold();
	try {
		await act();
	} catch (problem) {
		way.refused(problem);
	} finally {
		making = false;
	}
}

function untold()
{
	clear(page("result"));
	way.titled(false);
}

// Who cannot make the key makes no file of it either.
const serverMade = async (passphrase, kind) =>
	fromBase64((await door.serverFile(passphrase, kind)).file);

// After a Reload the password is not known, and a fresh passphrase does as well.
// It is shown once there is a file that it opens.
async function make(passphrase = fresh ?? password ?? freshPassphrase())
{
	const { user, issued } = record;
	const kind = form();  // another may be chosen meanwhile
	const bytes = record.server ? await serverMade(passphrase, kind)
		: await makeFile(kind, {
			key,
			certificates: [issued.certificate, ...issued.chain]
				.map(fromBase64),
			passphrase,
			name: `${user} ${issued.not_after.slice(0, 10)}`,
		});

	if (passphrase !== password)
		fresh = passphrase;
	record.file = { bytes, form: kind, fresh: fresh !== null,
		saved: false };
}

async function save()
{
	const link = document.createElement("a");
	const url = URL.createObjectURL(new Blob([record.file.bytes],
		{ type: "application/x-pkcs12" }));

	link.href = url;
	link.download = record.issued.file_name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
	record.file.saved = true;
	await store();
	render();
}

async function makeAndSave(passphrase)
{
	await make(passphrase);
	await save();
}

// Does it now if the key is there, else as soon as it has been opened.
function withKey(act)
{
	if (key !== null || record.server)
		return act();
	afterUnlock = act;
	at("unlock-form").hidden = false;
	at("file-buttons").hidden = true;
	at("unlock-head").focus();
}

function saveAgain()
{
	if (record.file?.form === form())
		return save();
	return withKey(() => makeAndSave());
}

const makeFresh = () => withKey(() => makeAndSave(freshPassphrase()));

async function unlock()
{
	const box = at("unlock-form");
	const typed = folded(at("unlock").value);

	clear(box);
	if (typed !== "")
		key = await unseal(record.sealed, typed);
	way.titled(key === null);
	if (typed === "")
		return tellFields(box, [[at("unlock"), "password.empty"]]);
	if (key === null)
		return tell(box, { code: "unlock" });
	password = typed;
	at("unlock").value = "";
	box.hidden = true;
	at("file-buttons").hidden = false;
	await tried(async () => {
		await afterUnlock();
		at("file-head").focus();
	});
}

function renderFile()
{
	const { file, issued, server } = record;
	const saved = file?.saved;
	const [head, how] = saved ? ["result.saved", "result.saved.text"]
		: server ? ["result.unsaved", "result.unsaved.text"]
		: ["result.locked", "result.locked.text"];

	at("file-note").className = `note ${saved ? "good" : "warn"}`;
	say(at("file-head"), head);
	say(at("file-text"), how, () => ({ file: issued.file_name }));
	say(at("save"), saved ? "result.again" : "result.save");
	at("form-other").hidden = !file || file.form === form();
	say(at("form-text"), `result.form.${form()}`);
}

function renderPassphrase()
{
	const kind = fresh !== null ? "fresh"
		: record.file?.fresh ? "gone" : "login";

	say(at("passphrase-text"), `result.passphrase.${kind}`);
	at("fresh").hidden = fresh === null;
	at("fresh-passphrase").textContent = fresh ?? "";
}

// R-CERT-12: it is where it is used, so nothing is fetched again, nor replaced.
function renderInstalled()
{
	at("file-note").className = "note good";
	say(at("file-head"), "check.good");
	say(at("file-text"), "check.good.text");
	at("installed-login").href =
		`https://${freshName(record.issued.member)}/`;
	at("import").hidden = true;
	at("installed").hidden = false;
}

function render()
{
	const { user, issued, until, server } = record;

	say(at("holder"), "result.holder", () => ({ user }));
	say(at("validity"), "result.validity.text", () => ({
		from: day(issued.not_before), to: day(issued.not_after) }));
	say(at("renewal"), "result.renewal.text",
		() => ({ date: calendarDay(issued.renewal_opens) }));
	say(at("end-text"), server ? "result.end.server" : "result.end.text",
		() => ({ time: moment(until) }));
	at("serial").textContent = issued.serial.match(/..../g).join(" ");
	at("file-name").textContent = issued.file_name;
	at("unlock-user").value = user;
	at("how").replaceChildren(...[1, 2, 3].map(n => {
		const item = document.createElement("li");

		say(item, `target.${target}.${n}`);
		return item;
	}));
	at("check-part").hidden = !issued.member;
	renderFile();
	renderPassphrase();
}

async function seen()
{
	const { member, serial } = record.issued;

	try {
		const found = await shown(member);

		return found.shown === "good" && found.serial !== serial
			? "other" : found.shown;
	} catch {
		return "line";
	}
}

// One question at a time; whatever comes, nothing is lost before the ledger says
// that it is installed.
async function check()
{
	const button = at("check");

	if (button.ariaDisabled === "true")
		return;
	button.ariaDisabled = "true";
	untold();
	say(button, "check.busy");
	const found = await seen();

	button.ariaDisabled = null;
	say(button, "check.go");
	if (found !== "good") {
		say(at("check-head"), `check.${found}`);
		say(at("check-text"), `check.${found}.text`);
		at("check-said").hidden = false;
		at("check-said").focus();
		return;
	}
	installed = true;
	key = password = fresh = null;
	renderInstalled();
	at("file-head").focus();
	await forget().catch(() => {});
	await door.finish().catch(() => {});  // as below
	history.replaceState(null, "", location.pathname);
}

function choice(name)
{
	const label = document.createElement("label");
	const input = document.createElement("input");
	const words = document.createElement("span");

	label.className = "choice";
	input.type = "radio";
	input.name = "target";
	input.checked = name === target;
	input.addEventListener("change", () => {
		target = name;
		render();
	});
	say(words, `target.${name}`);
	label.append(input, words);
	return label;
}

async function copy()
{
	await navigator.clipboard.writeText(fresh);
	say(at("copied"), "result.passphrase.copied");
}

// What was not saved is gone then, so it is asked once more.
async function end()
{
	if (!installed && !record.file?.saved && !ending) {
		ending = true;
		at("end-warning").hidden = false;
		say(at("end"), "result.end.sure");
		at("end-warning").focus();
		return;
	}
	record = null;
	await forget().catch(() => {});
	await door.finish().catch(() => {});  // it ends by itself
	location.assign("/");
}

function warn(event)
{
	if (record && !installed && !record.file?.saved)
		event.preventDefault();
}

function listen()
{
	at("targets").replaceChildren(...Object.keys(TARGETS).map(choice));
	at("save").addEventListener("click", () => tried(saveAgain));
	at("fresh-make").addEventListener("click", () => tried(makeFresh));
	at("copy").addEventListener("click", copy);
	at("check").addEventListener("click", check);
	at("end").addEventListener("click", end);
	at("installed-end").addEventListener("click", end);
	at("unlock-form").addEventListener("submit", event => {
		event.preventDefault();
		unlock();
	});
	addEventListener("beforeunload", warn);  // R-WEB-6
}

// Key and password are null after a Reload.
// The page is in front once there is something to see, and before the door is
// asked for a file. Who comes again, after a fault, is listened to already.
export async function openResult({ fresh: isFirst = false, ...what })
{
	const again = way !== null;

	({ way, door, record, key, password } = what);
	if (!again) {
		target = likelyTarget();
		listen();
	}
	if (key !== null && password !== null)
		await make();
	render();
	way.show("result", { fresh: isFirst });
	if (record.file && !record.file.saved)
		await save();
	else if (!record.file)
		tried(() => withKey(() => makeAndSave()));
}
