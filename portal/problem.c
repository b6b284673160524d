#include "portal/problem.h"

#include "base/clock.h"
#include "http/json.h"
#include "portal/language.h"
#include "portal/portal.h"
#include "portal/static.h"
#include "portal/visit.h"
#include "policy/validity.h"

#include <string.h>

#define API "/api/"
#define BODY_MAX 4096
#define RETRY_S 60 /* of each 503 (EST-219) */

struct row {
	struct flow_refusal refusal; /* its word is the code */
	struct language_text detail;
};

static const struct row rows[PROBLEMS] = {
	[PROBLEM_NOT_FOUND] = { { 404, LOG_LINE_INFO, "not_found" },
	    { "お探しのページはありません。",
		"There is nothing at this address." } },
	[PROBLEM_METHOD] = { { 405, LOG_LINE_INFO, "wrong_method" },
	    { "この操作は受け付けられません。ページを開き直してください。",
		"This cannot be done here. Open the page again." } },
	[PROBLEM_HOST] = { { 421, LOG_LINE_NOTICE, "wrong_host",
			       "This name is not ours." },
	    { "アドレスが違います。ご案内したアドレスを開いてください。",
		"This is another address. Open the one that you were "
		"given." } },
	[PROBLEM_INTERNAL] = { { 500, LOG_LINE_ERROR, "internal" },
	    { "システムに問題が起きました。しばらくしてからもう一度お試しくださ"
	      "い。",
		"Something went wrong here. Try again later." } },
	[PROBLEM_DOWN] = { { 503, LOG_LINE_WARN, "unavailable",
			       .retry_s = RETRY_S },
	    { "ただいまご利用いただけません。1分ほど待ってからもう一度お試しく"
	      "ださい。",
		"The service is not available at the moment. Try again in a "
		"minute." } },
	[PROBLEM_FOREIGN] = { { 403, LOG_LINE_NOTICE, "foreign_page" },
	    { "ほかのページからの操作は受け付けられません。最初のページから"
	      "やり直してください。",
		"This did not come from our pages. Begin again at the start "
		"page." } },
	[PROBLEM_MEDIA_TYPE] = { { 415, LOG_LINE_INFO, "media_type" },
	    { "受け付けられない形式です。ページを開き直してください。",
		"This form is not taken. Open the page again." } },
	[PROBLEM_JSON] = { { 400, LOG_LINE_INFO, "bad_json" },
	    { "内容を読み取れませんでした。ページを開き直してください。",
		"What was sent could not be read. Open the page again." } },
	[PROBLEM_FIELD] = { { 400, LOG_LINE_INFO, "bad_field" },
	    { "入力した内容に誤りがあります。見直してください。",
		"Something that was entered is not right. Look at it "
		"again." } },
	[PROBLEM_LOGIN] = { { 401, LOG_LINE_NOTICE, "login_failed" },
	    { "ユーザーIDまたはパスワードが違うか、いまはログインできません。"
	      "確かめてからもう一度入力してください。",
		"User ID or password are not right, or you cannot log in now. "
		"Check both and enter them again." } },
	[PROBLEM_SESSION] = { { 401, LOG_LINE_INFO, "session_over" },
	    { "時間が経ったか、状況が変わったため、手続きが終了しました。"
	      "もう一度ログインしてください。",
		"This has ended, because time has passed or something has "
		"changed. Log in again." } },
	[PROBLEM_CERTIFICATE_MISSING] = { { 403, LOG_LINE_INFO,
					      "certificate_missing" },
	    { "電子証明書が選択されていません。電子証明書を選び直してください"
	      "。",
		"No certificate was chosen. Choose your certificate." } },
	[PROBLEM_CERTIFICATE_WRONG] = { { 403, LOG_LINE_NOTICE,
					    "certificate_wrong" },
	    { "選択された電子証明書では、ログインできません。別の電子証明書を選"
	      "び"
	      "直してください。",
		"This certificate cannot be used here. Choose another "
		"one." } },
	[PROBLEM_CERTIFICATE_FOREIGN] = { { 403, LOG_LINE_NOTICE,
					      "certificate_foreign" },
	    { "選択された電子証明書は、入力されたユーザーIDのものではありません"
	      "。"
	      "ユーザーIDを確かめるか、電子証明書を選び直してください。",
		"This certificate is not the one of that user ID. Check the "
		"user ID, or choose another certificate." } },
	[PROBLEM_CERTIFICATE_REVOKED] = { { 403, LOG_LINE_NOTICE,
					      "certificate_revoked" },
	    { "選択された電子証明書は失効しています。別の電子証明書を選び直すか"
	      "、"
	      "新しい電子証明書を発行してください。",
		"This certificate has been revoked. Choose another one, or "
		"get a new one." } },
	[PROBLEM_CERTIFICATE_EXPIRED] = { { 403, LOG_LINE_INFO,
					      "certificate_expired" },
	    { "選択された電子証明書は有効期限が切れています。別の電子証明書を選"
	      "び"
	      "直すか、新しい電子証明書を発行してください。",
		"This certificate has expired. Choose another one, or get a "
		"new one." } },
	[PROBLEM_TEMPORARY] = { { 403, LOG_LINE_INFO, "temporary_password" },
	    { "仮パスワードのままでは証明書を発行できません。先に新しい"
	      "パスワードに変更してください。",
		"No certificate can be issued with a temporary password. "
		"Replace it first." } },
	[PROBLEM_ENTITLED] = { { 403, LOG_LINE_INFO, "not_entitled" },
	    { "このユーザーIDでは、この証明書を発行できません。",
		"This user ID may not have a certificate of this kind." } },
	[PROBLEM_WINDOW] = { { 403, LOG_LINE_INFO, "window_closed" },
	    { "お使いの電子証明書がまだ有効です。更新できる日になってから"
	      "もう一度お試しください。お手元にないときや、別のパソコンで使う"
	      "ときは、マスターユーザーまたはサービス窓口にご連絡ください。",
		"Your certificate is still good. Come again on the day when "
		"it can be renewed. If you no longer have it, or use another "
		"computer now, contact your master user or the service "
		"desk." } },
	[PROBLEM_CODE] = { { 403, LOG_LINE_NOTICE, "code_wrong" },
	    { "ワンタイムコードが違うか、有効期限が切れています。メールを"
	      "確かめてもう一度入力してください。",
		"The code is wrong, or has run out. Look at the mail and "
		"enter it again." } },
	[PROBLEM_LOCKED] = { { 403, LOG_LINE_NOTICE, "code_wrong" },
	    { "誤ったコードが続いたため、ロックされました。メールでの"
	      "ご案内をご覧ください。",
		"Too many codes were wrong, and the account is locked. The "
		"mail that was sent says what to do." } },
	[PROBLEM_CSR] = { { 400, LOG_LINE_INFO, "csr_refused" },
	    { "作成した鍵では証明書を発行できません。もう一度最初から"
	      "やり直してください。",
		"No certificate can be issued for the key that was made. "
		"Begin again." } },
	[PROBLEM_KEY] = { { 400, LOG_LINE_NOTICE, "key_taken" },
	    { "この鍵は使えません。新しい鍵を作ってやり直してください。",
		"This key cannot be used. Make a new one." } },
	[PROBLEM_PENDING] = { { 409, LOG_LINE_NOTICE, "pending", .retry_s = 1 },
	    { "発行の途中です。少し待ってからもう一度お試しください。",
		"A certificate is being issued. Try again in a moment." } },
	[PROBLEM_CONTRACT] = { { 401, LOG_LINE_NOTICE, "login_failed" },
	    { "契約番号または初期パスワードが違うか、いまはご登録いただけません"
	      "。"
	      "確かめてからもう一度入力してください。",
		"Contract number or initial password is not right, or nobody "
		"can register with them now. Check both and enter them "
		"again." } },
	[PROBLEM_REGISTERED] = { { 409, LOG_LINE_INFO, "registered_already" },
	    { "このユーザーIDは登録が済んでいます。電子証明書の発行へお進み"
	      "ください。",
		"This user ID is registered already. Go on to the issue of a "
		"certificate." } },
	[PROBLEM_TAKEN] = { { 409, LOG_LINE_INFO, "user_taken" },
	    { "このユーザーIDは、すでに使われています。別のユーザーIDを入力して"
	      "ください。",
		"This user ID is taken. Choose another one." } },
	[PROBLEM_SAME] = { { 400, LOG_LINE_INFO, "password_same" },
	    { "いまと同じパスワードは使えません。別のパスワードを入力してくださ"
	      "い。",
		"The new password is the one that you have. Choose another "
		"one." } },
	[PROBLEM_PASSWORD] = { { 403, LOG_LINE_NOTICE, "password_wrong" },
	    { "いまのパスワードが違うか、ロックされています。確かめてからもう"
	      "一度入力してください。",
		"This is not the password that you have, or it is locked. "
		"Check it and enter it again." } },
	[PROBLEM_OFTEN] = { { 403, LOG_LINE_NOTICE, "too_often" },
	    { "メールアドレスの変更は、1日に5回までです。明日もう一度お試し"
	      "ください。",
		"The email address can be changed 5 times in a day. Try again "
		"tomorrow." } },
	[PROBLEM_LINK] = { { 404, LOG_LINE_INFO, "link_over" },
	    { "このリンクは使用済みか、期限が過ぎています。",
		"This link was used before, or its time is over." } },
	[PROBLEM_ELSEWHERE] = { { 409, LOG_LINE_INFO, "other_step" },
	    { "別の画面で手続きが進んでいます。ページを読み込み直してください"
	      "。",
		"You have gone on in another window. Reload the page." } },
	[PROBLEM_MASTER] = { { 403, LOG_LINE_NOTICE, "not_master" },
	    { "この操作は、マスターユーザーだけができます。",
		"Only the master user can do this." } },
	[PROBLEM_NOT_YOURS] = { { 403, LOG_LINE_NOTICE, "not_yours" },
	    { "この操作は、お客様にはできません。サービス窓口へご連絡ください"
	      "。",
		"This is for the service desk to do. Please call it." } },
	[PROBLEM_LIMIT] = { { 403, LOG_LINE_NOTICE, "limit_reached" },
	    { "この操作をできる回数の上限に達しました。お急ぎの場合は、"
	      "サービス窓口へご連絡ください。",
		"This was done as often as it may be for now. If it cannot "
		"wait, call the service desk." } },
	[PROBLEM_NO_USER] = { { 404, LOG_LINE_INFO, "no_such_user" },
	    { "そのユーザーは見つかりません。一覧から選び直してください。",
		"There is no such user. Choose from the list again." } },
	[PROBLEM_STATE] = { { 409, LOG_LINE_INFO, "wrong_state" },
	    { "ユーザーの状態が変わったため、この操作はできません。ページを"
	      "読み込み直してください。",
		"The user is in another state, in which this cannot be done. "
		"Reload the page." } },
	[PROBLEM_NOT_THERE] = { { 404, LOG_LINE_INFO, "not_there" },
	    { "お探しのものは見つかりません。一覧から選び直してください。",
		"That is not there, or not any more. Choose from the list "
		"again." } },
	[PROBLEM_NOT_HERE] = { { 403, LOG_LINE_NOTICE, "not_here" },
	    { "この操作は、この画面ではできません。別のオペレーターが行うか、"
	      "コマンドラインで行ってください。",
		"You cannot do this here. Another operator does it, or the "
		"command line." } },
	[PROBLEM_SECOND] = { { 403, LOG_LINE_NOTICE, "second_needed" },
	    { "1時間に一人で失効できる件数を超えました。契約のページで「すべて"
	      "の"
	      "証明書の失効」か「契約の閉鎖」を実行すると提案になり、別の"
	      "オペレーターが「提案」の一覧で承認できます。",
		"One operator revokes no more than that within an hour. "
		"On the page of the contract, choose to revoke all "
		"certificates or to close the contract: that is proposed, and "
		"another operator confirms it under “Proposals”." } },
	[PROBLEM_ANOTHER] = { { 403, LOG_LINE_NOTICE, "second_needed" },
	    { "マスターユーザーのいた契約には、一人で追加できません。契約の"
	      "ページで「契約の初期化」を実行すると提案になり、別の"
	      "オペレーターが「提案」の一覧で承認できます。",
		"A contract that has had a master user gets no other one from "
		"one operator alone. On the page of the contract, choose to "
		"reset it: that is proposed, and another operator confirms it "
		"under “Proposals”." } },
	[PROBLEM_PROPOSED] = { { 409, LOG_LINE_INFO, "proposed_already" },
	    { "この操作は、すでに提案されています。別のオペレーターの承認を"
	      "お待ちください。",
		"This has been proposed already, and waits for another "
		"operator." } },
	[PROBLEM_NUMBER] = { { 409, LOG_LINE_INFO, "contract_taken" },
	    { "この契約番号は、すでに使われています。確かめてからもう一度入力"
	      "してください。",
		"There is a contract with this number. Check it and enter it "
		"again." } },
	[PROBLEM_FILES] = { { 403, LOG_LINE_NOTICE, "no_more_files" },
	    { "ファイルを受け取れる回数の上限に達しました。保存済みのファイルを"
	      "お使いください。",
		"The file was fetched as often as it may be. Use the one that "
		"you have saved." } },
	[PROBLEM_THROTTLED] = { { 429, LOG_LINE_NOTICE, "throttled",
				    .retry_s = RETRY_S },
	    { "お使いの場所からの試行が多すぎます。しばらくしてからもう一度"
	      "お試しください。",
		"There were too many attempts from your address. Try again "
		"later." } },
	[PROBLEM_BUSY] = { { 429, LOG_LINE_NOTICE, "busy", .retry_s = 1 },
	    { "同時に多くの操作がありました。少し待ってからもう一度お試し"
	      "ください。",
		"There were too many attempts at the same moment. Try "
		"again." } },
	[PROBLEM_MALFORMED] = { { 400, LOG_LINE_INFO, "malformed" },
	    { "内容を読み取れませんでした。ページを開き直してください。",
		"What was sent could not be read. Open the page again." } },
	[PROBLEM_TOO_LARGE] = { { 413, LOG_LINE_INFO, "too_large" },
	    { "送信された内容が大きすぎます。ページを開き直してください。",
		"What was sent is too large. Open the page again." } },
	[PROBLEM_TOO_SLOW] = { { 408, LOG_LINE_INFO, "too_slow" },
	    { "通信に時間がかかりすぎました。通信環境をご確認のうえ、もう一度"
	      "お試しください。",
		"Sending took too long. Check your connection and try "
		"again." } },
};

enum flow_next
problem_refuse(struct flow *f, enum problem problem)
{
	return flow_refuse(f, &rows[problem].refusal, NULL);
}

/* One of ours, or what stands for one of the engine's. */
static const struct row *
row_of(const struct flow_refusal *refusal)
{
	for (int i = PROBLEM_NONE + 1; i < PROBLEMS; i++)
		if (&rows[i].refusal == refusal)
			return &rows[i];
	for (int i = PROBLEM_NONE + 1; i < PROBLEMS; i++)
		if (rows[i].refusal.status == refusal->status)
			return &rows[i];
	return &rows[PROBLEM_INTERNAL];
}

/* Of what the gate refuses (docs/est-conformance.md 2.3). */
static enum problem
problem_of(int status)
{
	switch (status) {
	case 408:
		return PROBLEM_TOO_SLOW;
	case 413:
	case 414:
	case 431:
		return PROBLEM_TOO_LARGE;
	case 415:
		return PROBLEM_MEDIA_TYPE;
	case 503:
		return PROBLEM_DOWN;
	default:
		return PROBLEM_MALFORMED;
	}
}

static void
put_more(struct buf *out, const struct problem_more *more)
{
	char day[VALIDITY_DAY_SIZE], moment[VALIDITY_MOMENT_SIZE];

	if (more->reason != NULL)
		json_text(out, "reason", more->reason);
	if (more->fields[0] != NULL) {
		json_open(out, "fields", '[');
		for (int i = 0; i < PROBLEM_FIELDS_MAX; i++)
			if (more->fields[i] != NULL)
				json_text(out, NULL, more->fields[i]);
		json_close(out, ']');
	}
	if (more->has_tries)
		json_number(out, "tries_left", more->tries_left);
	if (more->retry_at != 0) {
		validity_moment(more->retry_at, moment);
		json_text(out, "retry_at", moment);
	}
	if (more->opens_on != 0) {
		validity_day(more->opens_on, day);
		json_text(out, "opens_on", day);
	}
	if (more->replace_until != 0) {
		validity_moment(more->replace_until, moment);
		json_text(out, "replace_until", moment);
		json_flag(out, "revocable", more->revocable);
	}
	if (more->choose_at != NULL)
		json_text(out, "choose_at", more->choose_at);
}

/* Also of a request that came no further than to the engine. */
static struct problem_more
more_of(const struct flow *f, const struct row *row)
{
	const struct problem_more *known = portal_more(f);
	struct problem_more more = { 0 };
	unsigned retry_s = f->retry_s != 0 ? f->retry_s : row->refusal.retry_s;

	if (known != NULL)
		more = *known;
	if (more.retry_at == 0 && retry_s != 0)
		more.retry_at = clock_now() + retry_s;
	return more;
}

static void
put_problem(struct buf *out, int status, const char *code, const char *detail,
    const struct problem_more *more)
{
	json_open(out, NULL, '{');
	json_number(out, "status", status);
	json_text(out, "code", code);
	json_text(out, "detail", detail);
	put_more(out, more);
	json_close(out, '}');
}

static void
tell_program(struct flow *f)
{
	const struct row *row = row_of(f->refusal);
	struct problem_more more = more_of(f, row);
	struct buf out;

	buf_init(&out, BODY_MAX);
	put_problem(&out, f->refusal->status, row->refusal.word,
	    language_of(f, &row->detail), &more);
	if (buf_ok(&out))
		flow_answer(f, PROBLEM_TYPE,
		    arena_text(f->arena, out.at, out.used), out.used);
	buf_free(&out);
}

static void
tell_person(struct flow *f)
{
	const struct file *page = static_find("/404", false);

	if (f->refusal->status != 404 || page == NULL)
		return;
	flow_answer(f, page->type, page->plain.at, page->plain.len);
	static_page_fields(f);
}

void
problem_tell(struct flow *f)
{
	if (strncmp(flow_path(f), API, strlen(API)) == 0)
		tell_program(f);
	else
		tell_person(f);
}

/* Its head is not believed, but for the language of who sent it. */
void
problem_tell_unread(int status, const char *languages, struct buf *body)
{
	const struct row *row = &rows[problem_of(status)];
	struct problem_more more = { 0 };

	if (row->refusal.retry_s != 0)
		more.retry_at = clock_now() + row->refusal.retry_s;
	put_problem(body, status, row->refusal.word,
	    language_among(languages, &row->detail), &more);
}
