// "This was not me": another mail address waits, and the link in the mail to the
// one of today leads here (T3). Nothing is done before the button is pressed: who
// opens it may be a program that looks at mails.

import { keepAddress } from "./api.js";
import { Way, at, on } from "./way.js";

const way = new Way({ ask: 0, done: 0, over: 0 }, []);
const TOKEN = /^[0-9a-f]{32}$/;
const token = location.hash.slice(1);

function over({ code })
{
	if (code !== "link_over")
		return false;
	way.show("over");
	return true;
}

const keep = () => way.busy(at("keep-go"), "keep.busy", async () => {
	await keepAddress(token);
	way.show("done");
}, over);

on("keep-go", "click", keep);
way.open(() => way.show(TOKEN.test(token) ? "ask" : "over", { fresh: true }));
