// The answer to the state of the page: asked for once, kept for the way back.

import { answerTo } from "./api.js";
import { useEffect, useRef, useState } from "./html.js";
import { queryKey } from "./state.js";

const KEPT = 40;
const answers = new Map();

function remember(key, found) {
  if (answers.size >= KEPT) answers.delete(answers.keys().next().value);
  answers.set(key, found);
}

// {loading, found, trouble, shows}: while loading, `found` is the answer before, so that the page stays steady.
export function useAnswer(state) {
  const key = queryKey(state);
  const [settled, setSettled] = useState({ key: null });
  const [attempt, setAttempt] = useState(0);
  const idle = state.show === "start";

  useEffect(() => {
    if (idle) {
      setSettled({ key });
      return undefined;
    }
    if (answers.has(key)) {
      setSettled({ key, found: answers.get(key), shows: state.show });
      return undefined;
    }
    const abort = new AbortController();
    answerTo(state, abort.signal).then(
      (found) => {
        remember(key, found);
        setSettled({ key, found, shows: state.show });
      },
      (trouble) => {
        if (trouble.name !== "AbortError") setSettled({ key, trouble });
      },
    );
    return () => abort.abort();
  }, [key, attempt]);

  const retry = () => {
    setSettled({ key: null });
    setAttempt(attempt + 1);
  };
  if (idle) return { key, retry };
  if (answers.has(key)) return { key, found: answers.get(key), retry };
  if (settled.key === key && settled.trouble) return { key, trouble: settled.trouble, retry };
  return { key, loading: true, found: settled.shows === state.show ? settled.found : undefined, retry };
}

// Something that is asked for once, and again with another `again`, as /options and /map: the last question counts,
// and what was answered before stays if it fails.
export function useOnce(ask, again) {
  const [got, setGot] = useState({});
  const turn = useRef(0);
  const load = () => {
    const mine = (turn.current += 1);
    const settle = (next) => {
      if (mine === turn.current) setGot(next);
    };
    setGot((before) => ({ value: before.value }));
    ask().then(
      (value) => settle({ value }),
      (trouble) => settle((before) => (before.value ? before : { trouble })),
    );
  };
  useEffect(load, [again]);
  return { ...got, retry: load };
}
