// request.mjs FOLDER - requests by node-forge and PKI.js, which Debian does
// not have: run once, by hand, where `npm install node-forge pkijs@2 asn1js@2`
// was, and kept as vectors.
import crypto from "crypto";
import fs from "fs";
import path from "path";
import forge from "node-forge";
import * as asn1js from "asn1js";
import * as pkijs from "pkijs";

const folder = process.argv[2];

function keep(name, text) {
  fs.writeFileSync(path.join(folder, name + ".pem"), text);
}

function byForge(name, attributes) {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const csr = forge.pki.createCertificationRequest();
  csr.publicKey = keys.publicKey;
  csr.setSubject([{ name: "commonName", value: "sample001" }]);
  csr.setAttributes(attributes);
  csr.sign(keys.privateKey, forge.md.sha256.create());
  keep("forge-" + name, forge.pki.certificationRequestToPem(csr));
}

const names = { name: "extensionRequest", extensions: [
  { name: "subjectAltName", altNames: [{ type: 2, value: "a.example.jp" }] },
] };
byForge("rsa2048", [{ name: "unstructuredName", value: "x" }, names]);
byForge("challenge", [names, { name: "challengePassword", value: "secret" }]);

pkijs.setEngine("node", crypto.webcrypto, new pkijs.CryptoEngine({
  name: "node", crypto: crypto.webcrypto, subtle: crypto.webcrypto.subtle,
}));

async function byPkijs(name, algorithm) {
  const keys = await crypto.webcrypto.subtle.generateKey(
    algorithm, true, ["sign", "verify"]);
  const csr = new pkijs.CertificationRequest();
  csr.version = 0;
  csr.subject.typesAndValues.push(new pkijs.AttributeTypeAndValue({
    type: "2.5.4.3", value: new asn1js.Utf8String({ value: "sample001" }),
  }));
  csr.attributes = [];
  await csr.subjectPublicKeyInfo.importKey(keys.publicKey);
  await csr.sign(keys.privateKey, "SHA-256");
  const der = Buffer.from(csr.toSchema(true).toBER(false));
  const lines = der.toString("base64").match(/.{1,64}/g).join("\n");
  keep("pkijs-" + name, `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n`
    + "-----END CERTIFICATE REQUEST-----\n");
}

const rsa = {
  modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};
await byPkijs("rsa2048", { name: "RSASSA-PKCS1-v1_5", ...rsa });
await byPkijs("rsa-pss", { name: "RSA-PSS", ...rsa });
await byPkijs("p256", { name: "ECDSA", namedCurve: "P-256" });
await byPkijs("p384", { name: "ECDSA", namedCurve: "P-384" });
