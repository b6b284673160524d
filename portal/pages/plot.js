// A small plot of what happened by the hour or the day, as an SVG of bars. Whoever
// does not see it has the same as a table behind it.

import { number, plain, said } from "./desk-parts.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320, HEIGHT = 72, GAP = 2;

function shape(kind, attributes)
{
	const made = document.createElementNS(SVG, kind);

	for (const [name, value] of Object.entries(attributes))
		made.setAttribute(name, value);
	return made;
}

function bars(counts)
{
	const most = Math.max(1, ...counts);
	const width = WIDTH / counts.length;
	const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
		preserveAspectRatio: "none", "aria-hidden": "true",
		focusable: "false" });

	svg.append(shape("line", { x1: 0, x2: WIDTH, y1: HEIGHT - .5,
		y2: HEIGHT - .5, class: "ground" }));
	counts.forEach((count, n) => {
		const height = Math.max(count > 0 ? 2 : 0,
			count / most * (HEIGHT - 4));

		svg.append(shape("rect", { x: n * width + GAP / 2,
			y: HEIGHT - height, width: width - GAP, height }));
	});
	return svg;
}

function table(rows, name, time)
{
	const made = document.createElement("table");
	const body = document.createElement("tbody");

	for (const row of rows) {
		const line = document.createElement("tr");
		const head = plain("th", time(row.at));

		head.scope = "row";
		line.append(head, plain("td", number(row[name])));
		body.append(line);
	}
	made.append(body);
	return made;
}

// `rows` of the API, oldest first; `name`: which of their figures; `time`: how
// the begin of one is said.
export function plot(rows, name, time)
{
	const made = document.createElement("figure");
	const caption = document.createElement("figcaption");
	const more = document.createElement("details");
	const sum = rows.reduce((all, row) => all + row[name], 0);

	made.className = `plot ${name}`;
	caption.append(said("span", `operator.figure.${name}`),
		plain("b", number(sum)));
	more.append(said("summary", "operator.figure.table"),
		table(rows, name, time));
	made.append(caption, bars(rows.map(row => row[name])), more);
	return made;
}
