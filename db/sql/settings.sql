-- $1, $2: limits in milliseconds. Every question is by key: a scan of the
-- ledger is never the right plan, and a plan is made once. No SET: it takes no
-- parameters.
SELECT set_config('statement_timeout', $1::text, false),
    set_config('lock_timeout', $2::text, false),
    set_config('idle_in_transaction_session_timeout', '10000', false),
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('enable_seqscan', 'off', false),
    set_config('jit', 'off', false),
    set_config('bytea_output', 'hex', false)
