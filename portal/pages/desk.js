// The master's desk (R-WEB-5): the lists, one user, a new one, many of them. The
// address says which page it is, so that Back, Reload and links lead there.

import { Problem } from "./api.js";
import { desk } from "./desk-api.js";
import { openAdd, prepareAdd } from "./desk-add.js";
import { goOn, listAddress, openList, prepareList, showFigures }
	from "./desk-list.js";
import { isAct, openAct, openUser, prepareUser } from "./desk-user.js";
import { forgetSlips, hasSlips, mayLeaveSlips, prepareSlips }
	from "./desk-slips.js";
import { Way, at } from "./way.js";
import { say } from "./words.js";

const way = new Way({ list: 0, user: 0, act: 0, add: 0, file: 0, look: 0,
	slips: 0, ended: 0 }, []);
// Behind these there is nothing to be seen here: the member area says why.
const ENDS = /^(session_over|other_step|not_master|certificate_\w+)$/;

function ended(problem, options)
{
	if (!ENDS.test(problem.code))
		return false;
	forgetSlips();
	history.replaceState(null, "", location.pathname);
	way.show("ended", options);
	if (problem.code === "not_master")
		way.refused(problem);
	return true;
}

// Many at once: few come for that, and it comes for them only.
let many = null;

async function importing()
{
	if (many === null) {
		many = await import("./desk-import.js").catch(() => {
			throw new Problem({ code: "line" });
		});
		many.prepareImport(way, ended);
	}
	return many;
}

// What the page in front has to say of a problem.
function tell(problem)
{
	if (!ended(problem))
		way.refused(problem);
}

async function sayFigures()
{
	const { contract, figures } = await desk();

	showFigures(figures);
	say(at("contract"), "desk.contract", () => ({ contract }));
}

// From a page to itself with another list the focus stays where it is.
async function list(where, { fresh })
{
	const stays = way.current === "list" && !fresh;

	sayFigures().catch(tell);
	await openList(where);
	way.show("list", { fresh: fresh || stays });
	goOn();
}

async function lead(options)
{
	const where = new URLSearchParams(location.hash.slice(1));
	const [name = "list"] = where.keys();

	if (name === "user")
		await openUser(where.get("user"), options);
	else if (isAct(name))
		await openAct(name, where.get(name), options);
	else if (name === "add")
		openAdd(options);
	else if (name === "look" && many?.hasLook())
		way.show("look", options);
	else if (name === "import" || name === "look")
		(await importing()).openFile(options);
	else
		await list(where, options);
}

// Whom the address names may have gone: then the lists are what there is.
async function absent(problem, options)
{
	if (problem.code !== "no_such_user")
		throw problem;
	history.replaceState(null, "", listAddress());
	await list(new URLSearchParams(location.hash.slice(1)), options);
	way.refused(problem);
}

async function route(options = { fresh: false })
{
	try {
		await lead(options).catch(problem => absent(problem, options));
	} catch (problem) {
		if (ended(problem, options))
			return;
		if (options.fresh || !(problem instanceof Problem))
			throw problem;
		way.refused(problem);
	}
	for (const link of document.querySelectorAll("[data-back]"))
		link.href = listAddress();
}

// Nothing that runs, and no password that nobody has, is left by a key alone.
function stays()
{
	if (many?.isRunning())
		return "#look";
	return hasSlips() && !mayLeaveSlips() ? "#slips" : null;
}

addEventListener("hashchange", () => {
	const here = stays();

	if (here !== null) {
		history.pushState(null, "", here);
		return;
	}
	forgetSlips();
	route();
});

prepareList(tell);
prepareUser(way, ended);
prepareAdd(way, ended);
prepareSlips(way);
way.open(() => route({ fresh: true }));
