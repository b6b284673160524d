// A table of users as a file (RFC 4180), as far as the browser sees to it: which
// letters it is written in, and parts of it that the door takes at once. What is
// wrong with a row, the door says.

export const SIZE_MAX = 2 << 20;  // bytes: some 20,000 users
export const ROWS_MAX = 5000;

const PART_BYTES = 30000;
// Excel in Japanese writes Shift_JIS where it is not told otherwise.
const LETTERS = [["utf-8", "UTF-8"], ["shift_jis", "Shift_JIS"]];

function decoded(bytes, letters)
{
	try {
		return new TextDecoder(letters, { fatal: true }).decode(bytes);
	} catch {
		return null;
	}
}

// Text and letters of a file; null where it is no text in any that we know.
export function read(bytes)
{
	for (const [letters, name] of LETTERS) {
		const text = decoded(bytes, letters);

		if (text !== null)
			return text.includes("\0") ? null : { text, name };
	}
	return null;
}

// Its rows, each with the line where it begins; a line may end within quotes.
function rows(text)
{
	const found = [];
	let begin = 0, line = 1, lines = 0, quoted = false;

	for (let at = 0; at < text.length; at++) {
		if (text[at] === "\"")
			quoted = !quoted;
		if (text[at] !== "\n")
			continue;
		lines++;
		if (quoted)
			continue;
		found.push({ line, text: text.slice(begin, at + 1) });
		begin = at + 1;
		line += lines;
		lines = 0;
	}
	if (begin < text.length)
		found.push({ line, text: text.slice(begin) });
	return found;
}

const size = text => new TextEncoder().encode(text).length;
const linesOf = text => text.split("\n").length - 1;

function part(head, held)
{
	const before = linesOf(head);

	return { csv: head + held.map(row => row.text).join(""),
		// Where a line of it stands in the file.
		line: there => there <= before ? there
			: held[0].line + there - before - 1 };
}

// Each with the first row, which names the columns.
export function parts(text, most)
{
	const [head, ...all] = rows(text);
	const found = [];
	let held = [], bytes = 0;

	if (head === undefined || all.length === 0)
		return [{ csv: text, line: there => there }];
	for (const row of all) {
		const more = size(row.text);

		if (held.length === most || (held.length > 0
		    && bytes + more > PART_BYTES)) {
			found.push(part(head.text, held));
			held = [];
			bytes = 0;
		}
		held.push(row);
		bytes += more;
	}
	return [...found, part(head.text, held)];
}

export const countRows = text => Math.max(0, rows(text).length - 1);
