import process from "node:process";

import { ContainerRegistryClient, ContainerRegistryContentClient } from "@azure/container-registry";
import { ClientSecretCredential, DefaultAzureCredential } from "@azure/identity";

/**
 * Both kinds of clients of one registry: one for the registry, one for the content of each repository.
 *
 * @typedef {object} Registry
 * @property {ContainerRegistryClient} client
 * @property {(repository: string) => ContainerRegistryContentClient} content
 */

/** Log in as the principal that @azure/identity finds in the environment. */
export function logIn() {
  // An authority that is not Microsoft's is asked for tokens only without instance discovery.
  const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
  return connect(variable("REGISTRY_URL"), credential);
}

/** Log in as a principal that may pull alone. */
export function logInAsReader() {
  const credential = new ClientSecretCredential(
    variable("AZURE_TENANT_ID"),
    variable("READER_CLIENT_ID"),
    variable("READER_CLIENT_SECRET"),
    { disableInstanceDiscovery: true },
  );
  return connect(variable("REGISTRY_URL"), credential);
}

/**
 * The clients of the registry at a URL. Without a credential they are anonymous.
 *
 * @param {string} url
 * @param {import("@azure/identity").TokenCredential} [credential]
 * @returns {Registry}
 */
export function connect(url, credential) {
  // The types of the content client lack anonymous access, which it has all the same.
  const optional = /** @type {import("@azure/identity").TokenCredential} */ (credential);
  return {
    client: new ContainerRegistryClient(url, optional),
    content: (repository) => new ContainerRegistryContentClient(url, repository, optional),
  };
}

/** @param {string} name */
export function variable(name) {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}
