// A way of several pages in one document: which of them is shown, how far along
// that is, and what is wrong there.

import { Problem } from "./api.js";
import { clear, tell, tellFields } from "./form.js";
import { offerKeyboard } from "./keyboard.js";
import { ready } from "./spoken.js";
import { offerLanguages, say, sayAll, text, title } from "./words.js";

export const at = id => document.getElementById(id);
export const page = name => at(`${name}-page`);

// Where a session is of who has an account with a password of his own.
export const BEHIND = ["registered", "code", "issued"];

function passed(item)
{
	const done = document.createElement("span");

	item.className = "done";
	done.className = "unseen";
	done.textContent = text("steps.done");
	item.append(done);
}

// `pages`: each with the number of its step, 0 for one beside the way.
// `names`: of the steps.
export class Way {
	constructor(pages, names)
	{
		this.pages = pages;
		this.names = names;
		this.current = Object.keys(pages)[0];
	}

	get step()
	{
		return this.pages[this.current];
	}

	showSteps()
	{
		const list = document.createElement("ol");
		const of = document.createElement("li");

		of.className = "of";
		of.setAttribute("aria-hidden", "true");
		of.textContent = this.step > 0 ? text("steps.of", {
			step: this.step, of: this.names.length,
			name: text(this.names[this.step - 1]) }) : "";
		list.className = "steps";
		list.role = "list";
		this.names.forEach((called, n) => {
			const item = document.createElement("li");
			const name = document.createElement("span");

			name.className = "name";
			name.textContent = text(called);
			item.append(name);
			if (n + 1 < this.step)
				passed(item);
			else if (n + 1 === this.step)
				item.setAttribute("aria-current", "step");
			list.append(item);
		});
		at("steps").replaceChildren(of.textContent ? list : "");
		list.prepend(of);
		at("steps").hidden = this.step === 0;
	}

	titled(error)
	{
		const name = page(this.current).querySelector("h1").dataset.say;

		title(name, { step: this.step, of: this.names.length, error });
	}

	// `fresh`: the first page of the document, where the focus stays at the
	// top.
	show(name, { fresh = false } = {})
	{
		this.current = name;
		for (const other of Object.keys(this.pages))
			page(other).hidden = other !== name;
		clear(page(name));
		this.showSteps();
		this.titled(false);
		if (!fresh) {
			page(name).querySelector("h1").focus();
			scrollTo(0, 0);
		}
	}

	// Another way goes on in this document.
	turn(pages, names)
	{
		page(this.current).hidden = true;
		this.pages = pages;
		this.names = names;
	}

	refused(problem)
	{
		if (!(problem instanceof Problem))
			console.error(problem);
		tell(page(this.current), problem);
		this.titled(true);
	}

	incomplete(faults)
	{
		tellFields(page(this.current), faults);
		this.titled(true);
	}

	// One request at a time, whatever is pressed how often. `over`: does it
	// see to that problem itself? It may ask the door first.
	async busy(button, name, act, over = () => false)
	{
		const said = button.dataset.say;

		if (button.ariaDisabled === "true")
			return;
		button.ariaDisabled = "true";
		say(button, name);
		try {
			await act();
		} catch (problem) {
			if (!await over(problem))
				this.refused(problem);
		} finally {
			button.ariaDisabled = null;
			say(button, said);
		}
	}

	// All that a document needs before its first page; `resume` shows it.
	async open(resume)
	{
		await ready();
		for (const place of document.querySelectorAll("[data-tools]"))
			offerKeyboard(at(place.dataset.tools), place);
		offerLanguages(at("switch"), () => {
			this.showSteps();
			this.titled();
		});
		sayAll();
		try {
			await resume();
		} catch (problem) {
			this.show(this.current, { fresh: true });
			this.refused(problem);
		}
		document.documentElement.classList.remove("early");
	}
}

export function on(id, kind, act)
{
	at(id).addEventListener(kind, event => {
		event.preventDefault();
		act();
	});
}
