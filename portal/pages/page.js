// A page that only says something; data-title of its root names what it is.

import { offerLanguages, sayAll, title } from "./words.js";

const root = document.documentElement;

function open()
{
	sayAll();
	title(root.dataset.title);
	root.classList.remove("early");
}

offerLanguages(document.getElementById("switch"), open);
open();
