// A page that only says something; data-title of its root names what it is.

import brand from "/brand.js";
import { ready } from "./spoken.js";
import { offerLanguages, sayAll, title } from "./words.js";

const root = document.documentElement;

function open()
{
	sayAll();
	title(root.dataset.title);
	root.classList.remove("early");
}

// What leads to the member area is there where that is (koshin.yaml).
for (const way of document.querySelectorAll("[data-needs=members]"))
	way.hidden = !brand.members;
ready().then(() => {
	offerLanguages(document.getElementById("switch"), open);
	open();
});
