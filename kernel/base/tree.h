/* SPDX-License-Identifier: MIT */
/*
 * tree.h - balanced search trees whose links lie in the elements.
 *
 * The caller orders the elements: it gives a `less` function for insertion
 * and walks down by itself to look up (tree->root, left, right).  Equal
 * elements keep their order of insertion.  Insertion, removal and the steps
 * are O(log n), with no recursion and no allocation.
 *
 * A tree may carry a summary of each subtree in the subtree's root (the
 * largest gap, say): tree_update, if not NULL, computes a node's summary out
 * of the node and its two children, and is called whenever one of these has
 * changed, children first.
 */
#ifndef OSTIA_KERNEL_BASE_TREE_H
#define OSTIA_KERNEL_BASE_TREE_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct tree_node {
    struct tree_node *parent; /* NULL at the root */
    struct tree_node *left;
    struct tree_node *right;
    unsigned height;
};

typedef void (*tree_update_t)(struct tree_node *);

struct tree {
    struct tree_node *root;    /* NULL when the tree is empty */
    tree_update_t tree_update; /* NULL when there are no summaries */
};

#define tree_element(node, type, member) container_of(node, type, member)

typedef bool (*tree_less_t)(const struct tree_node *, const struct tree_node *);

void tree_insert(struct tree *tree, struct tree_node *node, tree_less_t less);
void tree_remove(struct tree *tree, struct tree_node *node);
/* The node's own part of its summary has changed. */
void tree_changed(struct tree *tree, struct tree_node *node);
/*
 * Takes some node off a tree that is being taken apart, cheaper than removal,
 * or returns NULL when it is empty.  Nothing else may be done with the tree.
 */
struct tree_node *tree_dismantle(struct tree *tree);
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);

#endif
