-- One call of a function is one round trip, one snapshot after another, and one
-- commit. The settings keep it fast whatever the planner knows of the tables: a
-- plan made while a table was empty would scan it for as long as it is cached.
-- Each statement reaches one table by a whole key or the beginning of one.
--
-- Programs call functions by their number. A later migration that changes what a
-- function takes or does adds the next number and leaves this one, so that old
-- programs go on.

-- cvd_outcome: 0 applied, 1 conflict, 2 duplicate (key and its owner), 3 lease lost.
-- After one of the last three nothing was written. SQLSTATE CVD01 means that another
-- transaction was faster: all is undone, the call is to be repeated.
CREATE TYPE cvd_outcome AS (outcome INTEGER, key BYTEA, owner BYTEA);

-- True. Turns on the wait for the disk, for this transaction, where the host has
-- turned it off.
CREATE FUNCTION cvd_durable_1() RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('synchronous_commit') = 'off' THEN
		PERFORM set_config('synchronous_commit', 'on', true);
	END IF;
	RETURN true;
END $$;

-- The commonest append: one more record of a case. It needs no settings, which cost
-- as much as the writing: ON CONFLICT goes by the index whatever the planner thinks.
CREATE FUNCTION cvd_record_1(
	durable BOOLEAN, id BYTEA, after_seq BIGINT, after_tip BYTEA,
	new_seq BIGINT, new_tip BYTEA, new_due BIGINT, new_data BYTEA, new_private BYTEA,
	record_seq BIGINT, record_body BYTEA, record_private BYTEA
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
	fresh BOOLEAN;
BEGIN
	INSERT INTO cvd_heads AS h (case_id, seq, tip, due, data, private) VALUES (id, new_seq, new_tip, new_due, new_data, new_private)
	ON CONFLICT (case_id) DO UPDATE SET seq = new_seq, tip = new_tip, due = new_due, data = new_data, private = new_private
	WHERE h.seq = after_seq AND h.tip = after_tip RETURNING h.xmax = 0 INTO fresh;
	IF fresh IS NULL THEN
		RETURN false;
	ELSIF fresh THEN
		RAISE EXCEPTION 'there is no such case' USING ERRCODE = 'CVD02';
	END IF;
	INSERT INTO cvd_records (case_id, seq, body, private) VALUES (id, record_seq, record_body, record_private);
	IF durable AND current_setting('synchronous_commit') = 'off' THEN
		PERFORM set_config('synchronous_commit', 'on', true);
	END IF;
	RETURN true;
END $$;

-- Any append. Rows of all changes come together; *_of tells the change, from 1, in
-- ids, which ascends; a change takes a key once. All that can refuse is looked at, and locked, before the first
-- write. Locks are taken in ascending order.
CREATE FUNCTION cvd_append_1(
	durable BOOLEAN,
	ids BYTEA[], after_seqs BIGINT[], after_tips BYTEA[],
	new_seqs BIGINT[], new_tips BYTEA[], new_dues BIGINT[], new_datas BYTEA[], new_privates BYTEA[],
	record_of BIGINT[], record_seqs BIGINT[], record_bodies BYTEA[], record_privates BYTEA[],
	erase_of BIGINT[], erase_seqs BIGINT[],
	drop_of BIGINT[], drop_keys BYTEA[], take_of BIGINT[], take_keys BYTEA[],
	untag_of BIGINT[], untag_terms BYTEA[], tag_of BIGINT[], tag_terms BYTEA[],
	settle_lanes BYTEA[], settle_refs BIGINT[], settle_tokens BIGINT[],
	queue_of BIGINT[], queue_lanes BYTEA[], queue_refs BIGINT[], queue_ats BIGINT[]
) RETURNS cvd_outcome LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	me BYTEA;
	owned BYTEA;
	n BIGINT;
BEGIN
	-- Guards.
	FOR i IN 1 .. cardinality(ids) LOOP
		IF after_seqs[i] <> 0 THEN
			PERFORM 1 FROM cvd_heads h WHERE h.case_id = ids[i] AND h.seq = after_seqs[i] AND h.tip = after_tips[i] FOR UPDATE;
			IF NOT FOUND THEN
				RETURN (1, NULL, NULL)::cvd_outcome;
			END IF;
		ELSE
			PERFORM 1 FROM cvd_heads h WHERE h.case_id = ids[i];
			IF FOUND THEN
				RETURN (1, NULL, NULL)::cvd_outcome;
			END IF;
		END IF;
	END LOOP;

	-- Keys of others, unless they are given up in this call.
	IF cardinality(take_keys) > 0 THEN
		FOR me, owned, n IN SELECT t.key, k.case_id, t.change FROM unnest(take_keys, take_of) t (key, change)
			CROSS JOIN LATERAL (SELECT o.case_id FROM cvd_keys o WHERE o.key = t.key LIMIT 1) k LOOP
			IF owned <> ids[n] THEN
				PERFORM 1 FROM unnest(drop_keys, drop_of) d (key, change) WHERE d.key = me AND ids[d.change] = owned;
				IF NOT FOUND THEN
					RETURN (2, me, owned)::cvd_outcome;
				END IF;
			END IF;
		END LOOP;
	END IF;
	IF cardinality(ids) > 1 AND cardinality(take_keys) > 1 THEN
		SELECT t.key, ids[min(t.change)] INTO me, owned FROM unnest(take_keys, take_of) t (key, change)
		GROUP BY t.key HAVING count(DISTINCT t.change) > 1 LIMIT 1;
		IF FOUND THEN
			RETURN (2, me, owned)::cvd_outcome;
		END IF;
	END IF;

	-- Leases.
	FOR i IN 1 .. cardinality(settle_lanes) LOOP
		PERFORM 1 FROM cvd_outbox o WHERE o.lane = settle_lanes[i] AND o.ref = settle_refs[i] AND o.token = settle_tokens[i] FOR UPDATE;
		IF NOT FOUND THEN
			RETURN (3, NULL, NULL)::cvd_outcome;
		END IF;
	END LOOP;

	-- Heads.
	FOR i IN 1 .. cardinality(ids) LOOP
		IF after_seqs[i] = 0 THEN
			INSERT INTO cvd_heads (case_id, seq, tip, due, data, private)
			VALUES (ids[i], new_seqs[i], new_tips[i], new_dues[i], new_datas[i], new_privates[i]) ON CONFLICT DO NOTHING;
			IF NOT FOUND THEN
				RAISE EXCEPTION 'another transaction was faster' USING ERRCODE = 'CVD01';
			END IF;
		ELSIF new_seqs[i] <> 0 THEN
			UPDATE cvd_heads h SET seq = new_seqs[i], tip = new_tips[i], due = new_dues[i], data = new_datas[i], private = new_privates[i]
			WHERE h.case_id = ids[i];
		END IF;
	END LOOP;

	-- Keys.
	FOR i IN 1 .. cardinality(drop_keys) LOOP
		DELETE FROM cvd_keys k WHERE k.key = drop_keys[i] AND k.case_id = ids[drop_of[i]];
	END LOOP;
	IF cardinality(take_keys) > 0 THEN
		INSERT INTO cvd_keys AS k (key, case_id)
		SELECT t.key, ids[t.change] FROM unnest(take_keys, take_of) t (key, change) ORDER BY t.key
		ON CONFLICT (key) DO UPDATE SET case_id = excluded.case_id WHERE k.case_id = excluded.case_id;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n <> cardinality(take_keys) THEN
			RAISE EXCEPTION 'another transaction was faster' USING ERRCODE = 'CVD01';
		END IF;
	END IF;

	-- Logs.
	INSERT INTO cvd_records (case_id, seq, body, private)
	SELECT ids[r.change], r.seq, r.body, r.private
	FROM unnest(record_of, record_seqs, record_bodies, record_privates) r (change, seq, body, private);
	FOR i IN 1 .. cardinality(erase_seqs) LOOP
		UPDATE cvd_records r SET private = NULL WHERE r.case_id = ids[erase_of[i]] AND r.seq = erase_seqs[i];
	END LOOP;

	-- Terms.
	FOR i IN 1 .. cardinality(untag_terms) LOOP
		DELETE FROM cvd_terms t WHERE t.term = untag_terms[i] AND t.case_id = ids[untag_of[i]];
	END LOOP;
	IF cardinality(tag_terms) > 0 THEN
		INSERT INTO cvd_terms (term, case_id)
		SELECT t.term, ids[t.change] FROM unnest(tag_terms, tag_of) t (term, change) ORDER BY 1, 2
		ON CONFLICT DO NOTHING;
	END IF;

	-- Outbox. A lane belongs to one case, whose head is locked: nobody else changes
	-- which of its deliveries is the first.
	FOR i IN 1 .. cardinality(settle_lanes) LOOP
		DELETE FROM cvd_outbox o WHERE o.lane = settle_lanes[i] AND o.ref = settle_refs[i];
		SELECT o.ref INTO n FROM cvd_outbox o WHERE o.lane = settle_lanes[i] ORDER BY o.ref LIMIT 1;
		IF FOUND THEN
			UPDATE cvd_outbox o SET ready = o.at WHERE o.lane = settle_lanes[i] AND o.ref = n AND o.ready IS NULL;
		END IF;
	END LOOP;
	FOR i IN 1 .. cardinality(queue_lanes) LOOP
		PERFORM 1 FROM cvd_outbox o WHERE o.lane = queue_lanes[i] LIMIT 1;
		INSERT INTO cvd_outbox (lane, ref, case_id, at, ready, token, tries) VALUES (queue_lanes[i], queue_refs[i],
			ids[queue_of[i]], queue_ats[i], CASE WHEN FOUND THEN NULL ELSE queue_ats[i] END, 0, 0);
	END LOOP;

	IF durable AND current_setting('synchronous_commit') = 'off' THEN
		PERFORM set_config('synchronous_commit', 'on', true);
	END IF;
	RETURN (0, NULL, NULL)::cvd_outcome;
END $$;

-- at keeps when it was ready, because it is the order of the claim.
CREATE FUNCTION cvd_claim_1(lease_end BIGINT, until BIGINT, most BIGINT) RETURNS SETOF cvd_outbox LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	d cvd_outbox;
BEGIN
	FOR d IN SELECT * FROM cvd_outbox o WHERE o.ready <= until ORDER BY o.ready LIMIT most FOR UPDATE SKIP LOCKED LOOP
		d.at := d.ready;
		d.ready := lease_end;
		d.token := d.token + 1;
		UPDATE cvd_outbox o SET at = d.at, ready = d.ready, token = d.token WHERE o.lane = d.lane AND o.ref = d.ref;
		RETURN NEXT d;
	END LOOP;
END $$;

CREATE FUNCTION cvd_postpone_1(retry BIGINT, new_tries BIGINT, of_lane BYTEA, of_ref BIGINT, of_token BIGINT) RETURNS SETOF BIGINT LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN QUERY UPDATE cvd_outbox o SET ready = retry, tries = new_tries
	WHERE o.lane = of_lane AND o.ref = of_ref AND o.token = of_token RETURNING o.ref;
END $$;

CREATE FUNCTION cvd_load_1(id BYTEA, after_seq BIGINT, most BIGINT, with_private BOOLEAN)
RETURNS TABLE (r_seq BIGINT, r_body BYTEA, r_has BOOLEAN, r_private BYTEA) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN QUERY SELECT r.seq, r.body, r.private IS NOT NULL, CASE WHEN with_private THEN r.private END
	FROM cvd_records r WHERE r.case_id = id AND r.seq > after_seq ORDER BY r.seq LIMIT most;
	-- After the records, as a number below zero, where the log ends by its head.
	RETURN QUERY SELECT -h.seq, NULL::BYTEA, false, NULL::BYTEA FROM cvd_heads h WHERE h.case_id = id;
END $$;

CREATE FUNCTION cvd_owner_1(of_key BYTEA) RETURNS SETOF BYTEA LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN QUERY SELECT k.case_id FROM cvd_keys k WHERE k.key = of_key;
END $$;

-- A list, planned for its arguments each time: how many cases a term has differs
-- by orders of magnitude. The query itself says what is looked up for each row of what;
-- a bitmap would gather all rows of a term before the first is shown.
CREATE FUNCTION cvd_list_1(query TEXT, texts BYTEA[], numbers BIGINT[]) RETURNS SETOF RECORD LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
	RETURN QUERY EXECUTE query USING texts, numbers;
END $$;
