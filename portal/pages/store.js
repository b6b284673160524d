// What outlives a Reload, a closed tab and a crash: one record in the browser's
// database, which all tabs share. The key in it is sealed (keys.js).
//
//	user      whose it is
//	kind      "rsa-2048" ...
//	request   PKCS#10, as it was or will be sent
//	sealed    the key, under the login password
//	until     when it is thrown away, in milliseconds
//	issued    the door's answer, once there is one
//	file      the last file that was made: bytes, form, fresh (its passphrase
//	          is not the login password), saved

const DATABASE = "koshin", STORE = "issue", ONLY = "only";

const finished = request => new Promise((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = () => reject(request.error);
});

async function within(mode, act)
{
	const opening = indexedDB.open(DATABASE, 1);

	opening.onupgradeneeded = () =>
		opening.result.createObjectStore(STORE);
	const database = await finished(opening);

	try {
		const change = database.transaction(STORE, mode);
		const found = await finished(act(change.objectStore(STORE)));

		return found;
	} finally {
		database.close();
	}
}

export const forget = () => within("readwrite", at => at.delete(ONLY));
export const keep = record =>
	within("readwrite", at => at.put(record, ONLY));

export async function remembered()
{
	const record = await within("readonly", at => at.get(ONLY));

	if (record && record.until > Date.now())
		return record;
	if (record)
		await forget();
	return null;
}
