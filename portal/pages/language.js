// The language of who is logged in is kept with the account (R-WEB-8): pages and
// mails are in the same one, in each browser in which nobody has chosen another.

import { sendLocale } from "./api.js";
import { adopt, language } from "./words.js";

let known = false;

// As the door has said it. From then on what the switch says is kept there, by
// `send`; where the door is not reached, in this browser alone.
export function keepLanguage(locale, send = sendLocale)
{
	adopt(locale);
	if (known)
		return;
	known = true;
	document.getElementById("switch").addEventListener("spoken",
		() => send(language()).catch(() => {}));
}
