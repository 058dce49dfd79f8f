import { createContext, useContext } from "react";

/** `token`, whether the server refused without a good one (`isRefused`), and how to `use` another. */
export const TokenContext = createContext(null);

/** GraphiQL compares plugins by identity, so there is one. */
export const tokenPlugin = { title: "Access token", icon: KeyIcon, content: TokenPanel };

function TokenPanel() {
  const { token, isRefused, use } = useContext(TokenContext);
  const give = (event) => {
    event.preventDefault();
    use(new FormData(event.currentTarget).get("token").trim());
  };
  return (
    <section className="token" aria-label="Access token">
      <h2>Access token</h2>
      {isRefused && <p role="alert">The server wants a token that is good.</p>}
      <p>
        A server that knows tokens asks for one. Whoever runs it makes one with <code>busbar token create</code>.
      </p>
      <form onSubmit={give} key={token}>
        <label htmlFor="token">Token</label>
        <input id="token" name="token" type="password" autoComplete="off" spellCheck="false" defaultValue={token} />
        <div>
          <button type="submit">Use it</button>
          {token && <button type="button" onClick={() => use("")}>Forget it</button>}
        </div>
      </form>
      <p>
        It goes along with requests and live feeds, and is forgotten when this browser tab is closed. One tab's headers
        editor may name another.
      </p>
    </section>
  );
}

function KeyIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <circle cx="8" cy="15" r="4.2" />
      <path d="M11 12 20 3M16.5 6.5l3 3M13.5 9.5l2 2" strokeLinecap="round" />
    </svg>
  );
}
