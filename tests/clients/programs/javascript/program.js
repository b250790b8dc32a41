// The samples of @azure/container-registry, each with a check of what the registry answers.
//
// It needs the variables that ../run.py sets: the URLs of two registries, their CA certificates in
// NODE_EXTRA_CA_CERTS, and those of @azure/identity.

import { anonymousPull, expiredToken, retryAfter429, roleNotEnough } from "./access.js";
import { emptyBlob, largeBlob } from "./blobs.js";
import {
  deleteBlobs,
  deleteManifest,
  deleteRepository,
  dockerManifestList,
  downloadImage,
  unknownManifestType,
  uploadImage,
} from "./images.js";
import { listManifests, listRepositories, listTags } from "./listings.js";
import { lockRefusesDelete, properties, updateProperties } from "./properties.js";
import { logIn } from "./registry.js";

// The last one moves the clock of the registry, after which tokens that a credential holds have expired.
const checks = {
  "upload-image": uploadImage,
  "download-image": downloadImage,
  "docker-manifest-list": dockerManifestList,
  "unknown-manifest-type": unknownManifestType,
  "delete-manifest": deleteManifest,
  "delete-blobs": deleteBlobs,
  "list-repositories": listRepositories,
  "list-tags": listTags,
  "list-manifests": listManifests,
  properties,
  "update-properties": updateProperties,
  "lock-refuses-delete": lockRefusesDelete,
  "delete-repository": deleteRepository,
  "blob-9-mib": largeBlob,
  "blob-empty": emptyBlob,
  "anonymous-pull": anonymousPull,
  "role-not-enough": roleNotEnough,
  "retry-after-429": retryAfter429,
  "expired-token": expiredToken,
};

const registry = logIn();
for (const [name, check] of Object.entries(checks)) {
  try {
    await check(registry);
  } catch (error) {
    console.error(error);
    console.error(`FAILED ${name}`);
    process.exit(1);
  }
  console.log(`ok ${name}`);
}
console.log(`${Object.keys(checks).length} checks passed`);
