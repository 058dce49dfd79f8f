import { GraphiQL } from "graphiql";
import { setNonce } from "get-nonce";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import { fetcherWith } from "./fetcher.js";
import { TABS } from "./tabs.js";
import { forgetToken, keepToken, keptToken } from "./token.js";
import { TokenContext, tokenPlugin } from "./token-plugin.jsx";

import "graphiql/style.css";
import "./style.css";

// Menus and dialogs add a style of their own while they are open; the policy lets in what carries this.
setNonce(document.querySelector("meta[name=style-nonce]").content);

// The editors' pop-ups link by `javascript:`, which the policy forbids, with a listener beside it, which does the work.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[href^='javascript:']")) event.preventDefault();
});

function Page() {
  const [token, setToken] = useState(keptToken);
  const [isRefused, setRefused] = useState(false);
  const fetcher = useMemo(() => fetcherWith(token, () => setRefused(true)), [token]);
  const use = (given) => {
    if (given) keepToken(given);
    else forgetToken();
    setRefused(false);
    setToken(given);
  };
  return (
    <TokenContext.Provider value={{ token, isRefused, use }}>
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={TABS}
        plugins={[tokenPlugin]}
        visiblePlugin={isRefused ? tokenPlugin : undefined}
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo>
          <Mark />
          busbar
        </GraphiQL.Logo>
      </GraphiQL>
    </TokenContext.Provider>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 22 19" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" aria-hidden="true">
      <path d="M2 3h18M6 3v13M11 3v8M16 3v13" />
    </svg>
  );
}

createRoot(document.getElementById("page")).render(<Page />);
