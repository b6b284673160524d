#include "serve/own_certificates.h"

#include "base/clock.h"
#include "base/log.h"
#include "pki/certificate_file.h"
#include "policy/validity.h"

#include <stdio.h>
#include <string.h>

#define FILES_MAX 6
#define IN_FILE_MAX 10 /* a leaf and a long chain */

/* --------------------------------------------------------------- looking */

static size_t
add_file(const char **files, size_t count, const char *file)
{
	if (file == NULL)
		return count;
	for (size_t i = 0; i < count; i++)
		if (strcmp(files[i], file) == 0)
			return count;
	files[count] = file;
	return count + 1;
}

static size_t
list_files(const struct config *c, const char *files[FILES_MAX])
{
	const char *const named[FILES_MAX] = { c->ca.certificate, c->ca.chain,
		c->tls.certificate, c->portal.certificate,
		c->member.certificate, c->operator_.certificate };
	size_t count = 0;

	for (size_t i = 0; i < FILES_MAX; i++)
		count = add_file(files, count, named[i]);
	return count;
}

static void
look(const char *file, size_t place, X509 *x, own_certificates_fn *each,
    void *arg)
{
	struct own_certificate own = { .file = file, .place = place };
	time_t now = clock_now();

	ca_text_read(x, &own.text);
	own.begins_later = now < own.text.not_before;
	own.ending = ending_of(own.text.not_after, now);
	each(arg, &own);
}

void
own_certificates_each(
    const struct config *c, own_certificates_fn *each, void *arg)
{
	const char *files[FILES_MAX];
	size_t count = list_files(c, files), in_file;
	X509 *list[IN_FILE_MAX];
	struct fault why;

	for (size_t i = 0; i < count; i++) {
		bool read = certificate_file_read(
		    files[i], list, IN_FILE_MAX, &in_file, &why);

		for (size_t k = 0; k < in_file; k++) {
			if (read)
				look(files[i], k, list[k], each, arg);
			X509_free(list[k]);
		}
	}
}

void
own_certificates_say(
    const struct own_certificate *own, char out[OWN_CERTIFICATES_SAID])
{
	unsigned days = validity_days_between(clock_now(), own->text.not_after);
	char day[VALIDITY_DAY_SIZE];

	validity_day(own->text.not_after, day);
	if (own->ending == ENDING_ENDED)
		snprintf(out, OWN_CERTIFICATES_SAID, "has ended on %s", day);
	else
		snprintf(out, OWN_CERTIFICATES_SAID,
		    days == 0	? "ends today, %s"
		    : days == 1 ? "ends on %s, tomorrow"
				: "ends on %s, in %u days",
		    day, days);
}

/* -------------------------------------------------------------- watching */

/* NULL: there is no room for more. */
static struct own_certificates_step *
step_of(struct own_certificates_told *told, const struct own_certificate *own)
{
	struct own_certificates_step *s;

	for (size_t i = 0; i < told->count; i++) {
		s = &told->steps[i];
		if (s->file == own->file && s->place == own->place)
			return s;
	}
	if (told->count == OWN_CERTIFICATES_MAX)
		return NULL;
	s = &told->steps[told->count++];
	*s = (struct own_certificates_step){ .file = own->file,
		.place = own->place };
	return s;
}

static void
tell(const struct own_certificate *own)
{
	char said[OWN_CERTIFICATES_SAID];
	struct log_line l;

	own_certificates_say(own, said);
	log_begin(&l,
	    own->ending >= ENDING_7    ? LOG_LINE_ERROR
	    : own->ending >= ENDING_30 ? LOG_LINE_WARN
				       : LOG_LINE_NOTICE,
	    "certificate-ends");
	log_text(&l, "file", own->file);
	log_text(&l, "subject", own->text.subject);
	log_text(&l, "reason", said);
	log_end(&l);
}

static void
watch(void *arg, const struct own_certificate *own)
{
	struct own_certificates_told *told = arg;
	struct own_certificates_step *s = step_of(told, own);

	if (s == NULL)
		return;
	if (s->not_after != own->text.not_after)
		s->ending = ENDING_FAR; /* it was renewed */
	s->not_after = own->text.not_after;
	if (told->begun && own->ending > s->ending)
		tell(own);
	s->ending = own->ending;
}

void
own_certificates_watch(
    const struct config *c, struct own_certificates_told *told)
{
	own_certificates_each(c, watch, told);
	told->begun = true;
}
