import mutation from "../operations/mutation.graphql";
import query from "../operations/query.graphql";
import subscription from "../operations/subscription.graphql";

/** What a first visit opens with. */
export const TABS = [{ query }, { query: mutation }, { query: subscription }];
