#include "policy/logo.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#define SVG "<svg xmlns=\"http://www.w3.org/2000/svg\">"
#define END "</svg>\n"

static const char *const good[] = {
	SVG END,
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- drawn -->\n" SVG END,
	"<svg xmlns='http://www.w3.org/2000/svg' viewBox=\"0 0 9 9\"/>",
	SVG
	"<title>\xe9\x8a\x80\xe8\xa1\x8c &amp; Co.</title><path d='M0 0'/>" END,
	SVG "<style>.a{fill:url(#b)}</style><g class='a'/>" END,
	SVG "<linearGradient id='b'><stop/></linearGradient>"
	    "<rect fill='url( \"#b\" )'/>" END,
	"<svg xmlns=\"http://www.w3.org/2000/svg\" "
	"xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
	"<use xlink:href='#a'/><use href=\"#a\" /></svg>",
};

static const struct {
	const char *svg, *why;
} bad[] = {
	{ "", "has no <svg>" },
	{ "GIF89a", "has no <svg>" },
	{ "<svg></svg>", "does not begin with <svg" },
	{ "<svg xmlns=\"http://www.w3.org/1999/xhtml\"/>", "does not begin" },
	{ "<g xmlns=\"http://www.w3.org/2000/svg\"/>", "does not begin" },
	{ SVG "<script>alert(1)</script>" END, "element `script`" },
	{ SVG "<SCRIPT/>" END, "element `SCRIPT`" },
	{ SVG "<s:script xmlns:s='http://www.w3.org/2000/svg'/>" END,
	    "element `s:script`" },
	{ SVG "<foreignObject><p/></foreignObject>" END, "`foreignObject`" },
	{ SVG "<image href='x.png'/>" END, "element `image`" },
	{ SVG "<a href='#a'/>" END, "element `a`" },
	{ SVG "<animate attributeName='href'/>" END, "element `animate`" },
	{ SVG "<set attributeName='onload'/>" END, "element `set`" },
	{ SVG "< script/>" END, "element ``" },
	{ SVG "<g onload='x()'/>" END, "attribute `onload`" },
	{ SVG "<g ONCLICK = 'x()'/>" END, "attribute `ONCLICK`" },
	{ SVG "<use href='other.svg#a'/>" END, "attribute `href`" },
	{ SVG "<use xlink:href='data:x'/>" END, "attribute `xlink:href`" },
	{ SVG "<use href=''/>" END, "attribute `href`" },
	{ SVG "<use x:href='https://x/#a'/>" END, "attribute `x:href`" },
	{ SVG "<g style='fill:image-set(\"x.png\" 1x)'/>" END, "image-set(" },
	{ SVG "<use href='javascript:x()'/>" END, "runs" },
	{ SVG "<use href='java&#115;cript:x()'/>" END, "`&#`" },
	{ SVG "<g xml:base='https://elsewhere.example/'/>" END, "`xml:base`" },
	{ SVG "<rect fill='url(https://elsewhere.example/)'/>" END, "url()" },
	{ SVG "<rect fill='URL( \"x\")'/>" END, "url()" },
	{ SVG "<style>a{b:url(//elsewhere.example/)}</style>" END, "url()" },
	{ SVG "<style>@Import 'x'</style>" END, "@import" },
	{ SVG "<style>a{b:u\\72l(x)}</style>" END, "backslash" },
	{ "<!DOCTYPE svg [<!ENTITY a 'b'>]>" SVG END, "DOCTYPE" },
	{ SVG "<![CDATA[<script/>]]>" END, "CDATA" },
	{ "<?xml-stylesheet href='x'?>" SVG END, "instruction" },
	{ SVG "<?php x ?>" END, "instruction" },
	{ SVG "<!-- " END, "is cut off" },
	{ SVG "<g a=b/>" END, "not in quotes" },
	{ SVG "<g a/>" END, "malformed" },
	{ SVG "<g a='b", "does not end" },
	{ SVG "<g a='<script>'/>" END, "does not end" },
	{ SVG "<g", "malformed" },
	{ SVG "</g", "is cut off" },
	{ SVG "\xff" END, "UTF-8" },
	{ SVG "\x01" END, "UTF-8" },
};

static void
a_picture_is_a_logo(void **state)
{
	struct fault why = { "" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!logo_check(good[i], strlen(good[i]), &why))
			fail_msg("%s: %s", good[i], why.text);
	}
}

static void
J_12_what_runs_or_comes_from_elsewhere_is_none(void **state)
{
	struct fault why;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (logo_check(bad[i].svg, strlen(bad[i].svg), &why))
			fail_msg("taken: %s", bad[i].svg);
		if (strstr(why.text, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].svg, why.text);
	}
	assert_false(logo_check("<svg\0", 5, &why));
}

/* However it is cut, nothing behind its end is read (the sanitizers see). */
static void
wherever_it_is_cut_it_is_refused_or_whole(void **state)
{
	struct fault why;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		for (size_t len = 0; len < strlen(good[i]); len++) {
			char *part = malloc(len + 1);
			bool whole;

			assert_non_null(part);
			memcpy(part, good[i], len);
			part = realloc(part, len > 0 ? len : 1);
			whole = logo_check(part, len, &why);
			assert_true(whole || why.text[0] != '\0');
			free(part);
		}
}

static void
one_that_is_too_large_is_refused(void **state)
{
	char *large = calloc(1, LOGO_MAX + 1);
	struct fault why;

	(void)state;
	assert_non_null(large);
	memset(large, ' ', LOGO_MAX + 1);
	memcpy(large, SVG END, strlen(SVG END));
	assert_true(logo_check(large, LOGO_MAX, &why));
	assert_false(logo_check(large, LOGO_MAX + 1, &why));
	assert_non_null(strstr(why.text, "is larger than 32768 bytes"));
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_is_a_logo),
		cmocka_unit_test(
		    J_12_what_runs_or_comes_from_elsewhere_is_none),
		cmocka_unit_test(wherever_it_is_cut_it_is_refused_or_whole),
		cmocka_unit_test(one_that_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
