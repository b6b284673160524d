// The on-screen keyboard of a password field (R-WEB-3): real buttons, of which
// one is in the order of Tab and the arrows lead to the others.

import { say, text } from "./words.js";

const COLUMNS = 10;
const LAYERS = {
	small: "1234567890qwertyuiopasdfghjkl-zxcvbnm_.@",
	capital: "1234567890QWERTYUIOPASDFGHJKL-ZXCVBNM_.@",
	symbol: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};

function type(field, letters)
{
	field.setRangeText(letters, field.selectionStart, field.selectionEnd,
		"end");
	field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function erase(field)
{
	const { selectionStart: start, selectionEnd: end } = field;

	field.setRangeText("", start === end ? Math.max(0, start - 1) : start,
		end, "end");
	field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function button(className, act)
{
	const made = document.createElement("button");

	made.type = "button";
	made.className = className;
	made.addEventListener("click", act);
	return made;
}

function build(field, close)
{
	const board = document.createElement("div");
	const layers = Object.keys(LAYERS);
	let keys = [];

	board.className = "keyboard";
	board.role = "group";

	function reach(key)
	{
		for (const one of keys)
			one.tabIndex = one === key ? 0 : -1;
	}

	function named(name, className, act)
	{
		const made = button(className, act);

		say(made, `keyboard.${name}`);
		return made;
	}

	function show(layer, focus = false)
	{
		const letters = [...LAYERS[layer]].map(letter => {
			const made = button("", () => type(field, letter));

			made.textContent = letter;
			return made;
		});
		const switches = layers.map(name => {
			const made = named(name, "layer", () => show(name, true));

			made.setAttribute("aria-pressed", name === layer);
			return made;
		});

		keys = [...letters, ...switches,
			named("delete", "erase", () => erase(field))];
		board.replaceChildren(...keys);
		const pressed = switches[layers.indexOf(layer)];

		reach(focus ? pressed : keys[0]);
		if (focus)
			pressed.focus();
	}

	board.addEventListener("keydown", event => {
		const by = { ArrowRight: 1, ArrowLeft: -1,
			ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
		const at = keys.indexOf(document.activeElement);

		if (event.key === "Escape")
			close();
		if (!by || at < 0)
			return;
		event.preventDefault();
		const next = keys[Math.max(0, Math.min(keys.length - 1, at + by))];

		reach(next);
		next.focus();
	});
	board.addEventListener("focusin", event => {
		if (keys.includes(event.target))
			reach(event.target);
	});
	show("small");
	return board;
}

// Puts the button that opens it, and the one that shows what was typed, into
// `place`, below the field.
export function offerKeyboard(field, place)
{
	const opener = button("second small", () => board ? close() : open());
	const shower = button("second small", () => {
		field.type = field.type === "password" ? "text" : "password";
		say(shower, field.type === "password"
			? "password.show" : "password.hide");
	});
	let board = null;

	function open()
	{
		board = build(field, close);
		board.dataset.label = "keyboard";
		board.setAttribute("aria-label", text("keyboard"));
		place.after(board);
		opener.setAttribute("aria-expanded", "true");
		board.querySelector("button").focus();
	}

	function close()
	{
		board.remove();
		board = null;
		opener.setAttribute("aria-expanded", "false");
		opener.focus();
	}

	say(opener, "keyboard");
	opener.setAttribute("aria-expanded", "false");
	say(shower, "password.show");
	place.append(opener, shower);
}
