/* SPDX-License-Identifier: MIT */
/*
 * tree.c - AVL trees (Adelson-Velsky and Landis, 1962), without recursion,
 * without allocation.
 *
 * (B1) `height` counts the levels of a node's subtree.
 * (B2) The two subtrees of a node differ by one level at most: so a tree of n
 *      nodes has at most 1.45 log2(n) levels.
 * (B3) In order, no node is `less` than one before it.
 *
 * Insertion hangs a leaf in, removal takes a node with at most one child out;
 * both then mend (B1) and (B2) from there up to the root.  Mending rotates:
 * (B3) holds always.
 *
 * The two sides of a mirror image are written once: a node's child is reached
 * by `child(node, right)`.
 */
#include "kernel/base/tree.h"

#include "kernel/base/assert.h"

static struct tree_node **
child(struct tree_node *node, bool right)
{
    return right ? &node->right : &node->left;
}

static bool
is_right(const struct tree_node *node)
{
    return node->parent != NULL && node->parent->right == node;
}

/* The pointer that holds `node`: its parent's, or the root. */
static struct tree_node **
holder(struct tree *tree, struct tree_node *node)
{
    if (node->parent == NULL)
        return &tree->root;
    return child(node->parent, is_right(node));
}

static unsigned
height(const struct tree_node *node)
{
    return node == NULL ? 0 : node->height;
}

/* (B1) and (B2), as far as one node tells. */
static bool
is_balanced(const struct tree_node *node)
{
    return node == NULL ||
           (max(height(node->left), height(node->right)) + 1 == node->height &&
            min(height(node->left), height(node->right)) + 2 >= node->height);
}

/* The children say what holds for them (B1), and in their summaries. */
static void
update(struct tree *tree, struct tree_node *node)
{
    debug_assert(is_balanced(node->left) && is_balanced(node->right));
    node->height = 1 + max(height(node->left), height(node->right));
    if (tree->tree_update != NULL)
        tree->tree_update(node);
}

/* Puts `node` (NULL: nothing) where `old` hangs. */
static void
replace(struct tree *tree, struct tree_node *old, struct tree_node *node)
{
    *holder(tree, old) = node;
    if (node != NULL)
        node->parent = old->parent;
}

/*
 * Turns the edge to the child on the other side, so that `node` goes down on
 * the side `right`:
 *
 *        node                 pivot
 *       /    \       left     /    \
 *      a    pivot   ------> node    c
 *           /   \           /  \
 *          b     c         a    b
 */
static void
rotate(struct tree *tree, struct tree_node *node, bool right)
{
    struct tree_node *pivot = *child(node, !right);
    struct tree_node *between = *child(pivot, right);

    replace(tree, node, pivot);
    *child(node, !right) = between;
    if (between != NULL)
        between->parent = node;
    *child(pivot, right) = node;
    node->parent = pivot;
    update(tree, node);
    update(tree, pivot);
}

/* Mends (B2) where the side `right` of a node is two levels too high: its outer
 * part goes up, which must be the higher one. */
static void
mend(struct tree *tree, struct tree_node *node, bool right)
{
    struct tree_node *high = *child(node, right);

    if (height(*child(high, !right)) > height(*child(high, right)))
        rotate(tree, high, right);
    rotate(tree, node, !right);
}

/*
 * tree_changed - bring all that is known of subtrees, from that of `node` up to
 * the root's, up to date: without summaries, as long as heights change.
 */
void
tree_changed(struct tree *tree, struct tree_node *node)
{
    while (node != NULL) {
        unsigned left = height(node->left);
        unsigned right = height(node->right);
        unsigned before = node->height;

        if (left > right + 1 || right > left + 1) {
            mend(tree, node, right > left);
            node = node->parent; /* is where the node was */
        } else {
            update(tree, node);
        }
        if (node->height == before && tree->tree_update == NULL)
            return;
        node = node->parent;
    }
}

/*
 * tree_insert - add a node, behind those that are equal to it.
 */
void
tree_insert(struct tree *tree, struct tree_node *node, tree_less_t less)
{
    struct tree_node *parent = NULL;
    struct tree_node **link = &tree->root;

    while (*link != NULL) {
        parent = *link;
        debug_assert(parent->left == NULL || !less(parent, parent->left));
        debug_assert(parent->right == NULL || !less(parent->right, parent));
        link = child(parent, !less(node, parent));
    }
    node->parent = parent;
    node->left = NULL;
    node->right = NULL;
    node->height = 0;
    *link = node;
    tree_changed(tree, node);
}

/* Takes out a node that has at most one child, which takes its place. */
static void
unhang(struct tree *tree, struct tree_node *node)
{
    struct tree_node *only = node->left != NULL ? node->left : node->right;

    replace(tree, node, only);
    tree_changed(tree, node->parent);
}

/* Gives `node`'s place, with its children, to `heir`. */
static void
succeed(struct tree *tree, struct tree_node *node, struct tree_node *heir)
{
    replace(tree, node, heir);
    heir->height = node->height;
    heir->left = node->left;
    heir->right = node->right;
    if (heir->left != NULL)
        heir->left->parent = heir;
    if (heir->right != NULL)
        heir->right->parent = heir;
    tree_changed(tree, heir);
}

/*
 * tree_remove - take a node out of the tree that it is in.
 *
 * A node with two children gives its place to the next in order, which has no
 * left child and is taken out of its own place first.
 */
void
tree_remove(struct tree *tree, struct tree_node *node)
{
    if (node->left != NULL && node->right != NULL) {
        struct tree_node *heir = tree_next(node);

        unhang(tree, heir);
        succeed(tree, node, heir);
    } else {
        unhang(tree, node);
    }
}

/* The first node in order below `node`, itself if there is none. */
static struct tree_node *
leftmost(struct tree_node *node)
{
    while (node != NULL && node->left != NULL)
        node = node->left;
    return node;
}

struct tree_node *
tree_dismantle(struct tree *tree)
{
    struct tree_node *node = tree->root;

    if (node == NULL)
        return NULL;
    while (node->left != NULL || node->right != NULL)
        node = node->left != NULL ? node->left : node->right;
    *holder(tree, node) = NULL;
    return node;
}

struct tree_node *
tree_first(const struct tree *tree)
{
    return leftmost(tree->root);
}

struct tree_node *
tree_next(const struct tree_node *node)
{
    if (node->right != NULL)
        return leftmost(node->right);
    while (is_right(node))
        node = node->parent;
    return node->parent;
}
