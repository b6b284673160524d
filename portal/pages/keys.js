// Keys that are made here and never leave this browser unencrypted: the key
// and its certification request (PKCS#10), and its rest in the browser's store.

import { NULL, bits, explicit0, integer, oid, sequence, setOf,
	unsigned, utf8, utf8String } from "./der.js";

const COMMON_NAME = oid("2.5.4.3");

const rsa = size => ({
	parameters: { name: "RSASSA-PKCS1-v1_5", modulusLength: size,
		publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
	signing: { name: "RSASSA-PKCS1-v1_5" },
	signature: sequence(oid("1.2.840.113549.1.1.11"), NULL),
	encode: raw => raw,
});

const ec = (curve, hash, signature) => ({
	parameters: { name: "ECDSA", namedCurve: curve },
	signing: { name: "ECDSA", hash },
	signature: sequence(oid(signature)),
	// WebCrypto gives r and s side by side.
	encode: raw => sequence(unsigned(raw.subarray(0, raw.length / 2)),
		unsigned(raw.subarray(raw.length / 2))),
});

// By the names that the server has for them.
const KINDS = {
	"rsa-2048": rsa(2048),
	"rsa-3072": rsa(3072),
	"rsa-4096": rsa(4096),
	"ec-p256": ec("P-256", "SHA-256", "1.2.840.10045.4.3.2"),
	"ec-p384": ec("P-384", "SHA-384", "1.2.840.10045.4.3.3"),
};

export const random = size => crypto.getRandomValues(new Uint8Array(size));

// A new key as PKCS#8, and the request for a certificate of it. The name in the
// request is for who reads it; that in the certificate is the server's (R-CERT-7).
export async function makeKey(kind, name)
{
	const { parameters, signing, signature, encode } = KINDS[kind];
	const pair = await crypto.subtle.generateKey(parameters, true,
		["sign", "verify"]);
	const subject = sequence(
		setOf(sequence(COMMON_NAME, utf8String(name))));
	const info = sequence(integer(0), subject,
		await exported("spki", pair.publicKey), explicit0());
	const raw = new Uint8Array(
		await crypto.subtle.sign(signing, pair.privateKey, info));

	return {
		key: await exported("pkcs8", pair.privateKey),
		request: sequence(info, signature, bits(encode(raw))),
	};
}

const exported = async (format, key) =>
	new Uint8Array(await crypto.subtle.exportKey(format, key));

// The key in the browser's store, which any program of the same user can read:
// as hard to guess as time allows, since nobody else has to read this form.
const ROUNDS = 600000;

async function storeKey(passphrase, salt, rounds)
{
	const base = await crypto.subtle.importKey("raw", utf8(passphrase),
		"PBKDF2", false, ["deriveKey"]);

	return crypto.subtle.deriveKey(
		{ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds },
		base, { name: "AES-GCM", length: 256 }, false,
		["encrypt", "decrypt"]);
}

export async function seal(bytes, passphrase)
{
	const salt = random(16), iv = random(12);
	const key = await storeKey(passphrase, salt, ROUNDS);

	return { salt, iv, rounds: ROUNDS, data: new Uint8Array(
		await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes)) };
}

// Null if the passphrase is another.
export async function unseal({ salt, iv, rounds, data }, passphrase)
{
	const key = await storeKey(passphrase, salt, rounds);

	try {
		return new Uint8Array(await crypto.subtle.decrypt(
			{ name: "AES-GCM", iv }, key, data));
	} catch {
		return null;
	}
}

// None of those that are taken for another: 0 O o, 1 I l.
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

// Twelve letters, 69 bits.
export function freshPassphrase()
{
	let made = "";

	while (made.length < 12) {
		const [one] = random(1);

		// 224 is a multiple of 56: none is likelier than another.
		if (one < 4 * LETTERS.length)
			made += LETTERS[one % LETTERS.length];
	}
	return made;
}
