// A key and its certificates as a file that operating systems import: PKCS#12
// (RFC 7292). What they can read decides, not what the standards allow.

import { NULL, bmpString, element, explicit0, integer, join, octets, oid,
	sequence, setOf, utf16, utf8 } from "./der.js";
import { encrypt3des } from "./des.js";
import { random } from "./keys.js";

const RSADSI = "1.2.840.113549.1";
const DATA = oid(`${RSADSI}.7.1`);
const ENCRYPTED_DATA = oid(`${RSADSI}.7.6`);
const FRIENDLY_NAME = oid(`${RSADSI}.9.20`);
const LOCAL_KEY_ID = oid(`${RSADSI}.9.21`);
const X509_CERTIFICATE = oid(`${RSADSI}.9.22.1`);
const SHROUDED_KEY_BAG = oid(`${RSADSI}.12.10.1.2`);
const CERTIFICATE_BAG = oid(`${RSADSI}.12.10.1.3`);
const PBE_SHA1_3DES = oid(`${RSADSI}.12.1.3`);
const PBES2 = oid(`${RSADSI}.5.13`);
const PBKDF2 = oid(`${RSADSI}.5.12`);
const HMAC_SHA256 = oid("1.2.840.113549.2.9");
const AES256_CBC = oid("2.16.840.1.101.3.4.1.42");

// The two forms. A salt of 16 bytes is refused by one macOS; more rounds than
// these make some importers give up.
const FORMS = {
	// Windows 10 1709 and later, Firefox, Linux
	new: { rounds: 10000, hash: "SHA-256", size: 32, encrypt: byPbes2,
		digest: oid("2.16.840.1.101.3.4.2.1") },
	// macOS, iOS, Android 13 and before, older Windows
	old: { rounds: 2048, hash: "SHA-1", size: 20, encrypt: by3des,
		digest: oid("1.3.14.3.2.26") },
};
const SALT = 8;

// Of the key derivation of RFC 7292, appendix B: what a derived value is for.
const FOR_KEY = 1, FOR_IV = 2, FOR_MAC = 3;

// `certificates` begins with that of the key. All of them are DER, the key is
// PKCS#8; `passphrase` is ASCII, so that all importers mean the same bytes.
export async function makeFile(form, { key, certificates, passphrase, name })
{
	const how = FORMS[form];
	const id = new Uint8Array(
		await crypto.subtle.digest("SHA-1", certificates[0]));
	const attributes = setOf(
		sequence(FRIENDLY_NAME, setOf(bmpString(name))),
		sequence(LOCAL_KEY_ID, setOf(octets(id))));
	const bag = (kind, value, ...more) =>
		sequence(kind, explicit0(value), ...more);

	const [keyHow, hiddenKey] = await how.encrypt(how, passphrase, key);
	const keys = sequence(bag(SHROUDED_KEY_BAG,
		sequence(keyHow, octets(hiddenKey)), attributes));
	const [chainHow, hiddenChain] = await how.encrypt(how, passphrase, sequence(
		...certificates.map((one, at) => bag(CERTIFICATE_BAG,
			sequence(X509_CERTIFICATE, explicit0(octets(one))),
			...(at === 0 ? [attributes] : [])))));
	const content = sequence(
		sequence(ENCRYPTED_DATA, explicit0(sequence(integer(0),
			sequence(DATA, chainHow, element(0x80, hiddenChain))))),
		sequence(DATA, explicit0(octets(keys))));

	return sequence(integer(3),
		sequence(DATA, explicit0(octets(content))),
		await mac(how, passphrase, content));
}

async function mac({ hash, size, digest, rounds }, passphrase, content)
{
	const salt = random(SALT);
	const key = await crypto.subtle.importKey("raw",
		await derive(hash, FOR_MAC, passphrase, salt, rounds, size),
		{ name: "HMAC", hash }, false, ["sign"]);
	const value = new Uint8Array(
		await crypto.subtle.sign("HMAC", key, content));

	return sequence(sequence(sequence(digest, NULL), octets(value)),
		octets(salt), integer(rounds));
}

// The algorithm as it stands in the file, and what is encrypted by it.
async function byPbes2({ rounds }, passphrase, bytes)
{
	const salt = random(SALT), iv = random(16);
	const base = await crypto.subtle.importKey("raw", utf8(passphrase),
		"PBKDF2", false, ["deriveKey"]);
	const key = await crypto.subtle.deriveKey(
		{ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds },
		base, { name: "AES-CBC", length: 256 }, false, ["encrypt"]);
	const hidden = await crypto.subtle.encrypt(
		{ name: "AES-CBC", iv }, key, bytes);

	return [
		sequence(PBES2, sequence(
			sequence(PBKDF2, sequence(octets(salt), integer(rounds),
				sequence(HMAC_SHA256, NULL))),
			sequence(AES256_CBC, octets(iv)))),
		new Uint8Array(hidden),
	];
}

async function by3des({ rounds, hash }, passphrase, bytes)
{
	const salt = random(SALT);
	const derived = (use, size) =>
		derive(hash, use, passphrase, salt, rounds, size);

	return [
		sequence(PBE_SHA1_3DES,
			sequence(octets(salt), integer(rounds))),
		encrypt3des(await derived(FOR_KEY, 24),
			await derived(FOR_IV, 8), bytes),
	];
}

// RFC 7292, appendix B.2, in its letters. Both digests have blocks of 64.
async function derive(hash, use, passphrase, salt, rounds, size)
{
	const v = 64;
	const P = join(utf16(passphrase), [0, 0]);
	const I = join(filled(salt, v), filled(P, v));
	let made = new Uint8Array(0);

	while (made.length < size) {
		let A = join(new Uint8Array(v).fill(use), I);

		for (let i = 0; i < rounds; i++)
			A = new Uint8Array(await crypto.subtle.digest(hash, A));
		made = join(made, A);
		addToEach(I, filled(A, v).subarray(0, v), v);
	}
	return made.subarray(0, size);
}

// `bytes` again and again, up to a whole number of blocks.
function filled(bytes, block)
{
	const size = block * Math.ceil(bytes.length / block);

	return new Uint8Array(size).map((_, i) => bytes[i % bytes.length]);
}

// Each block of I becomes I + B + 1, modulo its size.
function addToEach(I, B, block)
{
	for (let start = 0; start < I.length; start += block) {
		let carry = 1;

		for (let i = block - 1; i >= 0; i--) {
			carry += I[start + i] + B[i];
			I[start + i] = carry;
			carry >>= 8;
		}
	}
}
