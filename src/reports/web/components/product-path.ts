// The addresses of a product's pages.

/** `/products/<account>/<product>`, encoded. */
export function productPath(product: { readonly account: string; readonly name: string }): string {
  return `/products/${encodeURIComponent(product.account)}/${encodeURIComponent(product.name)}`;
}

/** `/overview/<account>/<product>`, encoded. */
export function overviewPath(product: { readonly account: string; readonly name: string }): string {
  return `/overview/${encodeURIComponent(product.account)}/${encodeURIComponent(product.name)}`;
}
