// What several pages of the master's desk are made of.

import { day, language, moment, say } from "./words.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const SOON_DAYS = 31;

// An element with what somebody typed in it: it is text, whatever it holds.
export function plain(kind, content, className = "")
{
	const made = document.createElement(kind);

	made.className = className;
	made.textContent = content;
	return made;
}

// What somebody typed and may be long, or has no blanks.
export const long = typed => plain("span", typed, "long");

// One with a text of ours; `words` as say() takes them.
export function said(kind, name, words, className = "")
{
	const made = document.createElement(kind);

	made.className = className;
	say(made, name, words);
	return made;
}

// A mail address, which breaks behind its @ alone while there is room.
export function mailAddress(email)
{
	const made = plain("span", "");
	const host = email.lastIndexOf("@") + 1;

	made.append(email.slice(0, host), document.createElement("wbr"),
		email.slice(host));
	return made;
}

export const number = n => new Intl.NumberFormat(language()).format(n);

export const badge = (kind, name, words) =>
	said("span", name, words, `badge ${kind}`);

const KINDS = { active: "calm", locked: "warn", blocked: "bad",
	suspended: "bad", closed: "bad" };

// How an account is, and whether its password is still a temporary one.
export function states({ state, locked_until: until, temporary })
{
	const all = [badge(KINDS[state], `desk.state.${state}`,
		() => ({ time: until && moment(until) }))];

	if (temporary && state !== "closed")
		all.push(badge("plain", "desk.temporary"));
	return all;
}

const daysLeft = when =>
	Math.ceil((new Date(when).getTime() - Date.now()) / DAY_MS);

// The certificate that counts, and what is to be done about it.
export function certificate({ certificate: held, role })
{
	if (!held)
		return [badge("warn", "desk.none")];
	const left = daysLeft(held.not_after);
	const until = said("span", "desk.until",
		() => ({ date: day(held.not_after) }));

	if (left <= 0)
		return [until, badge("bad", "desk.expired")];
	const all = [until];

	if (left <= SOON_DAYS)
		all.push(badge("warn", left === 1 ? "desk.left.one" : "desk.left",
			() => ({ days: left })));
	if (!held.installed && role !== "device")
		all.push(badge("warn", "desk.uninstalled"));
	return all;
}

// The cells and lines of these pages stand with a blank between their parts.
export function fill(place, parts)
{
	place.replaceChildren(...parts.flatMap(part => [part, " "]));
	return place;
}

// A file of our own making, saved as by a link.
export function save(name, type, content)
{
	const link = document.createElement("a");
	const url = URL.createObjectURL(new Blob([content], { type }));

	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}
