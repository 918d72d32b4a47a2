// What a person may do with which product: the rules by which grants, memberships and tokens come together. Pure.
//
// Rights add up: of all grants that concern a person and a product (their own, of their teams, of everybody in the account; for this
// product or for every product) the highest role counts, and each further right that one of them gives. Nothing takes away.

/** With one product: `read` sees, `triage` changes reports and bugs, `admin` decides how it is kept and who is told. */
export const ROLES = ['read', 'triage', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const RANK: Readonly<Record<Role, number>> = { read: 1, triage: 2, admin: 3 };

/** Whether a role is at least another one. */
export function isAtLeast(role: Role | null, asked: Role): boolean {
  return role !== null && RANK[role] >= RANK[asked];
}

/** A role and, apart from it, what it does not give. */
export interface ProductRight {
  readonly role: Role;
  /** Protected annotations, local variables, users, what people wrote. */
  readonly seesProtected: boolean;
  /** Attachments, minidumps, payloads and memory, as they were sent. */
  readonly seesDumps: boolean;
}

/** What somebody may do in one account. */
export interface AccountRights {
  readonly account: string;
  /** Manages people, teams and rights of the account, and is `admin` of each of its products. */
  readonly isAdmin: boolean;
  /** With every product of the account, those that do not exist yet included; null: nothing. */
  readonly everyProduct: ProductRight | null;
  /** With single products, what `everyProduct` gives included. */
  readonly products: ReadonlyMap<string, ProductRight>;
}

/** A product, or (null) every product of an account. */
export interface Place {
  readonly account: string;
  readonly product: string | null;
}

/** The higher of two roles, and every right that one of them gives. */
export function bothRights(one: ProductRight | null, other: ProductRight | null): ProductRight | null {
  if (one === null || other === null) return one ?? other;
  return {
    role: RANK[one.role] >= RANK[other.role] ? one.role : other.role,
    seesProtected: one.seesProtected || other.seesProtected,
    seesDumps: one.seesDumps || other.seesDumps,
  };
}

/** The lower of two roles, and only the rights that both give. */
export function lowerRight(one: ProductRight, other: ProductRight): ProductRight {
  return {
    role: RANK[one.role] <= RANK[other.role] ? one.role : other.role,
    seesProtected: one.seesProtected && other.seesProtected,
    seesDumps: one.seesDumps && other.seesDumps,
  };
}

/** A grant as far as it matters here. `product` null: every product of the account. */
export interface GivenRight extends ProductRight {
  readonly account: string;
  readonly product: string | null;
}

const ADMIN: ProductRight = { role: 'admin', seesProtected: false, seesDumps: false };

/** What memberships and the grants that concern a member come to. Accounts that somebody is no member of are not among them. */
export function sumOfRights(
  memberships: readonly { readonly account: string; readonly isAdmin: boolean }[],
  grants: readonly GivenRight[],
): readonly AccountRights[] {
  return memberships.map(({ account, isAdmin }) => {
    const own = grants.filter((grant) => grant.account === account);
    let everyProduct: ProductRight | null = isAdmin ? ADMIN : null;
    for (const { product, role, seesProtected, seesDumps } of own) {
      if (product === null) everyProduct = bothRights(everyProduct, { role, seesProtected, seesDumps });
    }
    const products = new Map<string, ProductRight>();
    for (const { product, role, seesProtected, seesDumps } of own) {
      if (product === null) continue;
      const right = bothRights(products.get(product) ?? everyProduct, { role, seesProtected, seesDumps });
      if (right !== null) products.set(product, right);
    }
    return { account, isAdmin, everyProduct, products };
  });
}

/** What somebody may do, account by account, and with everything together. */
export class Rights {
  readonly accounts: readonly AccountRights[];
  /**
   * Whether every product of the installation can be read: nothing is hidden from them then, what belongs to no product (refused
   * submissions, totals) included.
   */
  readonly isWhole: boolean;
  readonly #byAccount: ReadonlyMap<string, AccountRights>;

  constructor(accounts: readonly AccountRights[], isWhole: boolean) {
    this.accounts = accounts;
    this.isWhole = isWhole;
    this.#byAccount = new Map(accounts.map((each) => [each.account, each]));
  }

  /** Null: nothing at all, so that what is asked for does not exist for them. */
  of({ account, product }: Place): ProductRight | null {
    const rights = this.#byAccount.get(account);
    if (rights === undefined) return null;
    if (product === null) return rights.everyProduct;
    return rights.products.get(product) ?? rights.everyProduct;
  }

  isMemberOf(account: string): boolean {
    return this.#byAccount.has(account);
  }

  isAdminOf(account: string): boolean {
    return this.#byAccount.get(account)?.isAdmin === true;
  }

  /** What they may do at least somewhere: the highest role anywhere, and the rights that they have wherever they may read. */
  get anywhere(): ProductRight | null {
    const all = this.accounts.flatMap(({ everyProduct, products }) => [
      ...(everyProduct === null ? [] : [everyProduct]),
      ...products.values(),
    ]);
    const best = all.reduce<ProductRight | null>(bothRights, null);
    return best === null
      ? null
      : {
          role: best.role,
          seesProtected: all.every(({ seesProtected }) => seesProtected),
          seesDumps: all.every(({ seesDumps }) => seesDumps),
        };
  }

  /** The most that they may do with any product. */
  get somewhere(): ProductRight | null {
    return this.accounts
      .flatMap(({ everyProduct, products }) => [everyProduct, ...products.values()])
      .reduce<ProductRight | null>(bothRights, null);
  }

  /** The same cut down to what a token is for. `products` null: all of them. */
  cutTo(
    limit: ProductRight,
    products: readonly { readonly account: string; readonly product: string }[] | null,
  ): Rights {
    const cut = (right: ProductRight | null): ProductRight | null =>
      right === null ? null : lowerRight(right, limit);
    const accounts = this.accounts.map((rights): AccountRights => {
      const named = products?.filter(({ account }) => account === rights.account);
      const names = named?.map(({ product }) => product) ?? [...rights.products.keys()];
      return {
        account: rights.account,
        isAdmin: rights.isAdmin && limit.role === 'admin' && products === null,
        everyProduct: products === null ? cut(rights.everyProduct) : null,
        products: new Map(
          names.flatMap((product) => {
            const right = cut(rights.products.get(product) ?? rights.everyProduct);
            return right === null ? [] : [[product, right] as const];
          }),
        ),
      };
    });
    return new Rights(accounts, this.isWhole && products === null);
  }
}

/** Nobody's: no account, no product. */
export const NO_RIGHTS = new Rights([], false);
