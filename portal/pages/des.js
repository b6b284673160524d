// Triple DES in CBC mode (FIPS 46-3), which WebCrypto does not have: the only
// cipher of PKCS#12 that macOS, iOS and Android 13 read. Encrypts a few KB, once.
// A block is an array of its bits; the tables are those of the standard.

const counted = (size, value) => Array.from({ length: size }, (_, i) => value(i));

const INITIAL = counted(64, i =>
	[58, 60, 62, 64, 57, 59, 61, 63][i >> 3] - 8 * (i & 7));
const FINAL = counted(64, i =>
	[40, 8, 48, 16, 56, 24, 64, 32][i & 7] - (i >> 3));
const EXPANSION = counted(48, i =>
	(4 * Math.floor(i / 6) + i % 6 + 31) % 32 + 1);
const PERMUTATION = [
	16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
	2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const CHOICE1 = [
	57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18,
	10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
	63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22,
	14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const CHOICE2 = [
	14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10,
	23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
	41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48,
	44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const ONE_SHIFT = [0, 1, 8, 15];
// Four rows of sixteen each, in hexadecimal.
const BOXES = [
	"e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
	"f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
	"a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
	"7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
	"2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
	"c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
	"4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
	"d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
];

const permuted = (bits, table) => table.map(place => bits[place - 1]);
const xor = (a, b) => a.map((bit, i) => bit ^ b[i]);
const bitsOf = bytes =>
	counted(8 * bytes.length, i => bytes[i >> 3] >> (7 - (i & 7)) & 1);
const byteOf = (bits, at) =>
	bits.slice(at, at + 8).reduce((byte, bit) => byte << 1 | bit, 0);

function roundKeys(bytes)
{
	const chosen = permuted(bitsOf(bytes), CHOICE1);
	let left = chosen.slice(0, 28), right = chosen.slice(28);

	return counted(16, round => {
		const by = ONE_SHIFT.includes(round) ? 1 : 2;

		left = [...left.slice(by), ...left.slice(0, by)];
		right = [...right.slice(by), ...right.slice(0, by)];
		return permuted([...left, ...right], CHOICE2);
	});
}

function mix(half, key)
{
	const wide = xor(permuted(half, EXPANSION), key);
	const narrow = BOXES.flatMap((box, i) => {
		const [a, b, c, d, e, f] = wide.slice(6 * i, 6 * i + 6);
		const at = 32 * a + 16 * f + 8 * b + 4 * c + 2 * d + e;

		return bitsOf([parseInt(box[at], 16)]).slice(4);
	});

	return permuted(narrow, PERMUTATION);
}

function des(block, keys)
{
	const mixed = permuted(block, INITIAL);
	let left = mixed.slice(0, 32), right = mixed.slice(32);

	for (const key of keys)
		[left, right] = [right, xor(left, mix(right, key))];
	return permuted([...right, ...left], FINAL);
}

// Padded as PKCS#7 does.
export function encrypt3des(key, iv, bytes)
{
	const first = roundKeys(key.subarray(0, 8));
	const second = roundKeys(key.subarray(8, 16)).reverse();
	const third = roundKeys(key.subarray(16, 24));
	const padding = 8 - bytes.length % 8;
	const out = new Uint8Array(bytes.length + padding).fill(padding);
	let last = bitsOf(iv);

	out.set(bytes);
	for (let at = 0; at < out.length; at += 8) {
		const block = xor(bitsOf(out.subarray(at, at + 8)), last);

		last = des(des(des(block, first), second), third);
		for (let i = 0; i < 8; i++)
			out[at + i] = byteOf(last, 8 * i);
	}
	return out;
}
