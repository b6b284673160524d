// What the pages write of ASN.1, in DER (X.690).

export function join(...parts)
{
	const whole = new Uint8Array(
		parts.reduce((size, part) => size + part.length, 0));
	let at = 0;

	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

export function element(tag, ...parts)
{
	const body = join(...parts);
	const size = [];

	if (body.length < 128)
		return join([tag, body.length], body);
	for (let left = body.length; left > 0; left = left >> 8)
		size.unshift(left & 255);
	return join([tag, 0x80 | size.length, ...size], body);
}

export const sequence = (...parts) => element(0x30, ...parts);
export const octets = bytes => element(0x04, bytes);
export const bits = bytes => element(0x03, [0], bytes);
export const explicit0 = (...parts) => element(0xa0, ...parts);
export const utf8String = text => element(0x0c, utf8(text));
export const bmpString = text => element(0x1e, utf16(text));
export const NULL = [5, 0];

// Of an unsigned number, its most significant byte first.
export function unsigned(bytes)
{
	let first = 0;

	while (first < bytes.length - 1 && bytes[first] === 0)
		first++;
	bytes = bytes.subarray(first);
	return element(0x02, bytes[0] & 0x80 ? [0] : [], bytes);
}

export const integer = number => unsigned(new Uint8Array(
	[number >>> 24, number >>> 16, number >>> 8, number]));

export function oid(dotted)
{
	const [first, second, ...arcs] = dotted.split(".").map(Number);
	const bytes = [40 * first + second];

	for (const arc of arcs) {
		const digits = [arc & 127];

		for (let left = arc >> 7; left > 0; left >>= 7)
			digits.unshift(0x80 | left & 127);
		bytes.push(...digits);
	}
	return element(0x06, bytes);
}

function inOrder(a, b)
{
	const size = Math.min(a.length, b.length);

	for (let i = 0; i < size; i++)
		if (a[i] !== b[i])
			return a[i] - b[i];
	return a.length - b.length;
}

// DER sorts the members of a SET OF.
export const setOf = (...parts) => element(0x31, ...parts.sort(inOrder));

export const utf8 = text => new TextEncoder().encode(text);

export function utf16(text)
{
	const bytes = new Uint8Array(2 * text.length);

	for (let i = 0; i < text.length; i++) {
		bytes[2 * i] = text.charCodeAt(i) >> 8;
		bytes[2 * i + 1] = text.charCodeAt(i);
	}
	return bytes;
}
