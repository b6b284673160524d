// From the registration straight on to the certificate, in the same document:
// the session has proved the password, and the page still knows it. Where it
// does not, after a Reload, the link leads to the page that asks for it.

import { ISSUE, anotherCode, endSession } from "./api.js";
import { atCodePage, listenToCode } from "./receive.js";
import { at } from "./way.js";
import { say } from "./words.js";

let password = null;
let going = false;

// The page of who is registered, with the password that he has chosen; null: it
// is not known.
export function offerIssue(chosen)
{
	password = chosen;
	say(at("done-text"), password === null ? "done.text" : "done.code");
}

// Is that another way by now, which Back does not leave?
export const isOnward = () => going;

const leave = () => {
	password = null;
	location.assign("/");
};

async function end()
{
	await endSession().catch(() => {});  // it ends by itself
	leave();
}

// Once, before the first page is there.
export function listenToDone(way)
{
	// Is that the end of it? Then its page is there.
	function over(problem)
	{
		const locked = problem.code === "code_wrong"
			&& problem.tries_left === 0;

		if (!locked && problem.code !== "session_over"
		    && problem.code !== "other_step")
			return false;
		password = null;
		history.replaceState(null, "", "/issue");
		way.show("ended");
		if (locked)
			way.refused(problem);
		return true;
	}

	// A Reload goes on at the issue, and Back does not come here again.
	async function start()
	{
		const answer = await anotherCode();

		going = true;
		way.turn({ code: 2, wait: 3, result: 4, ended: 0 },
			["steps.1", "steps.2", "steps.3", "steps.4"]);
		history.replaceState(null, "", "/issue");
		await atCodePage(answer, password, { instead: true });
		password = null;
	}

	listenToCode(way, { ...ISSUE, over, cancelled: end,
		finish: endSession });
	at("done-issue").addEventListener("click", event => {
		if (password === null)
			return;
		event.preventDefault();
		way.busy(at("done-issue"), "done.busy", start, over);
	});
}
